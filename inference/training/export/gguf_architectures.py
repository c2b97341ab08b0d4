"""Which networks a GGUF file can hold, and what llama.cpp has to know about each besides its weights.

Names and keys are those of the format's description (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md)
and of llama.cpp's own conversion (convert_hf_to_gguf.py).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from gguf import MODEL_ARCH, GGUFWriter, RopeScalingType

from inference.training.export.refusing import CannotExport


@dataclass(frozen=True, slots=True)
class Architecture:
    """How llama.cpp calls an architecture, and how it turns queries and keys.

    With `turns_neighbours` it turns components 2i and 2i+1 of a head together (Su et al. 2021,
    https://arxiv.org/abs/2104.09864), where transformers turns i and i + half: rows change places then.
    """

    id: MODEL_ARCH
    turns_neighbours: bool


ARCHITECTURES = {
    "llama": Architecture(MODEL_ARCH.LLAMA, turns_neighbours=True),
    "mistral": Architecture(MODEL_ARCH.LLAMA, turns_neighbours=True),
    "qwen2": Architecture(MODEL_ARCH.QWEN2, turns_neighbours=False),
    "qwen3": Architecture(MODEL_ARCH.QWEN3, turns_neighbours=False),
}


def architecture_of(config: Any) -> Architecture:
    """How llama.cpp runs a network of this configuration. Raises CannotExport where it cannot."""
    found = ARCHITECTURES.get(config.model_type)
    if found is None:
        known = ", ".join(sorted(ARCHITECTURES))
        raise CannotExport(
            f"A GGUF file can hold the architectures {known}, not {config.model_type}; "
            "export a Hugging Face folder instead."
        )
    if config.hidden_act != "silu":
        raise CannotExport(f"llama.cpp computes this architecture with SiLU only, not {config.hidden_act}.")
    layer_types = getattr(config, "layer_types", None) or []
    if "sliding_attention" in layer_types or (
        config.model_type == "mistral" and getattr(config, "sliding_window", None)
    ):
        raise CannotExport(
            "llama.cpp reads all of a text with this architecture, and this network reads a sliding window."
        )
    return found


def head_size(config: Any) -> int:
    """How many components a query, a key and a value of one head have."""
    return getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads


def write_sizes(writer: GGUFWriter, config: Any, rows: int) -> None:
    """Write what config.json says into the file's metadata; `rows` is the size of the vocabulary.

    Raises CannotExport for a way of stretching positions that llama.cpp's format has no word for.
    """
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_key_length(head_size(config))
    writer.add_value_length(head_size(config))
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_vocab_size(rows)
    rope = rope_of(config)
    writer.add_rope_dimension_count(head_size(config))
    writer.add_rope_freq_base(rope["rope_theta"])
    if rope["rope_type"] == "linear":
        writer.add_rope_scaling_type(RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(rope["factor"])


def rope_of(config: Any) -> dict[str, Any]:
    """How the network turns positions: `rope_theta`, `rope_type` and that type's own numbers."""
    rope = dict(config.rope_parameters)
    rope_type = rope.setdefault("rope_type", "default")
    if rope_type not in ("default", "linear", "llama3"):
        raise CannotExport(f"Positions stretched by “{rope_type}” cannot be written into a GGUF file here.")
    if rope.get("partial_rotary_factor", 1.0) != 1.0:
        raise CannotExport(
            "This network turns only a part of each head, which cannot be written into a GGUF file here."
        )
    return rope


def rope_factors(config: Any) -> torch.Tensor | None:
    """By what each frequency is divided in a network of Llama 3.1's kind, None for all others.

    The formula is that of Llama 3.1's own code (`apply_scaling` in
    https://github.com/meta-llama/llama-models/blob/main/models/llama3/model.py).
    """
    rope = rope_of(config)
    if rope["rope_type"] != "llama3":
        return None
    size = head_size(config)
    frequencies = 1.0 / rope["rope_theta"] ** (torch.arange(0, size, 2, dtype=torch.float64) / size)
    turns = rope["original_max_position_embeddings"] * frequencies / (2 * math.pi)
    low, high = rope["low_freq_factor"], rope["high_freq_factor"]
    smooth = ((turns - low) / (high - low)).clamp(0.0, 1.0)
    return (1.0 / ((1.0 - smooth) / rope["factor"] + smooth)).float()


def in_neighbours(weight: torch.Tensor, heads: int) -> torch.Tensor:
    """Rows of a query's or a key's product, or its bias, so that those that turn together are neighbours."""
    size = weight.shape[0] // heads
    halves = weight.reshape(heads, 2, size // 2, *weight.shape[1:])
    return halves.transpose(1, 2).reshape(weight.shape)
