"""A network goes on with some of its layers, and its folder says so."""

from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM, Qwen3Config, Qwen3ForCausalLM

from inference.engine.kept_layers import keep_layers

TOKENS = torch.tensor([[5, 9, 2, 7, 11, 3]])
SIZES = {
    "vocab_size": 32,
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 6,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
}


def llama() -> LlamaForCausalLM:
    torch.manual_seed(3)
    return LlamaForCausalLM(LlamaConfig(**SIZES, initializer_range=0.3)).eval()


def by_hand(network: LlamaForCausalLM, kept: tuple[int, ...]) -> torch.Tensor:
    """Logits of the named layers, one after the other."""
    inner = network.model
    hidden = inner.embed_tokens(TOKENS)
    angles = inner.rotary_emb(hidden, torch.arange(TOKENS.shape[1])[None])
    mask = torch.full((TOKENS.shape[1], TOKENS.shape[1]), float("-inf")).triu(1)[None, None]
    for index in kept:
        hidden = inner.layers[index](hidden, attention_mask=mask, position_embeddings=angles)
    return network.lm_head(inner.norm(hidden))


@torch.inference_mode()
def test_the_layers_that_are_kept_compute_what_they_did(tmp_path: Path):
    network = llama()
    expected = by_hand(network, (0, 3, 5))
    keep_layers(network, (0, 3, 5))
    assert network.config.num_hidden_layers == 3
    torch.testing.assert_close(network(TOKENS).logits, expected)

    network.save_pretrained(tmp_path)
    again = AutoModelForCausalLM.from_pretrained(tmp_path, local_files_only=True).eval()
    torch.testing.assert_close(again(TOKENS).logits, expected)


@torch.inference_mode()
def test_a_cache_fits_the_layers_that_are_left():
    network = llama()
    keep_layers(network, (1, 4))
    first = network(TOKENS[:, :4], use_cache=True)
    assert len(first.past_key_values.layers) == 2
    second = network(TOKENS[:, 4:], past_key_values=first.past_key_values)
    torch.testing.assert_close(second.logits, network(TOKENS).logits[:, 4:])


def test_what_a_configuration_says_of_each_layer_stays_with_it():
    kinds = ["full_attention", "sliding_attention"] * 3
    config = Qwen3Config(**SIZES, head_dim=8, layer_types=kinds, sliding_window=4, use_sliding_window=True)
    network = Qwen3ForCausalLM(config)
    keep_layers(network, (0, 1, 3))
    assert network.config.layer_types == ["full_attention", "sliding_attention", "sliding_attention"]


@pytest.mark.parametrize("kept", [(), (0, 6), (3, 1), (2, 2), (-1, 2)])
def test_layers_that_are_not_there_are_refused(kept: tuple[int, ...]):
    with pytest.raises(ValueError, match="Of 6 layers some can be kept, by rising numbers from 0 to 5"):
        keep_layers(llama(), kept)
