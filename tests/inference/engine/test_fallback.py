"""What the fast ways cannot serve is served all the same, and the log says that it is slower."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    BambaConfig,
    FalconConfig,
    Gemma2Config,
    MambaConfig,
    PreTrainedConfig,
)

from inference.engine.engine import Engine, EngineConfig
from inference.engine.loader import LanguageModel, LoadError, load
from inference.engine.request import FinishReason
from tests.inference.engine import tiny
from tests.inference.engine.conftest import Asked, is_idle, run

LENGTHS = [1, 5, 40, 90]
NEW_TOKENS = 12

SLOW: dict[str, tuple[type[PreTrainedConfig], dict[str, object]]] = {
    "soft caps and windows": (
        Gemma2Config,
        {
            **tiny._SIZES,
            "head_dim": 16,
            "query_pre_attn_scalar": 16,
            "sliding_window": tiny.WINDOW,
            "tie_word_embeddings": False,
        },
    ),
    "attention of its own": (
        FalconConfig,
        {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "initializer_range": 0.4},
    ),
    "recurrent": (
        MambaConfig,
        {
            "hidden_size": 64,
            "num_hidden_layers": 3,
            "state_size": 8,
            "intermediate_size": 128,
            "initializer_range": 0.4,
        },
    ),
    "hybrid": (
        BambaConfig,
        {
            **tiny._SIZES,
            "attn_layer_indices": [1],
            "mamba_n_heads": 8,
            "mamba_d_head": 16,
            "mamba_d_state": 16,
        },
    ),
}


@pytest.mark.usefixtures("without_kernels", "free_drafts")
@pytest.mark.parametrize("kind", SLOW)
def test_any_causal_model_is_served(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(tiny.ARCHITECTURES, kind, SLOW[kind])
    path = tiny.write_model(tmp_path, kind)
    engine = Engine(load(path, "fp32"), EngineConfig(max_batch=3, cache_gib=0.1, prefill_chunk=24))
    asked = [
        Asked(engine, list(range(5, 5 + length)), max_tokens=NEW_TOKENS, min_tokens=NEW_TOKENS, temperature=0)
        for length in LENGTHS
    ]
    run(engine)

    assert engine.runner_name == "fallback"
    assert f"{SLOW[kind][0].__name__.removesuffix('Config')}ForCausalLM" in caplog.text
    assert "slower" in caplog.text
    assert [item.request.output for item in asked] == alone(path)
    assert engine.statistics.drafts_offered == engine.statistics.prompt_tokens_cached == 0
    assert is_idle(engine) and not engine._runner._caches and not engine._runner._unread


def alone(path: Path) -> list[list[int]]:
    network = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32)
    answers = []
    for length in LENGTHS:
        ids = torch.arange(5, 5 + length)[None]
        output = network.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=NEW_TOKENS,
            min_new_tokens=NEW_TOKENS,
            do_sample=False,
        )
        answers.append(output[0, length:].tolist())
    return answers


@pytest.fixture
def slow_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, without_kernels: None) -> LanguageModel:
    monkeypatch.setitem(tiny.ARCHITECTURES, "slow", SLOW["soft caps and windows"])
    return load(tiny.write_model(tmp_path, "slow"), "fp32")


def test_a_cancelled_request_leaves_no_cache_behind(slow_model: LanguageModel) -> None:
    engine = Engine(slow_model, EngineConfig(max_batch=2, cache_gib=0.1, prefill_chunk=24))
    asked = [Asked(engine, [5] * 60, max_tokens=40, ignore_eos=True) for _ in range(3)]
    for _ in range(4):
        engine.step()
    for item in asked:
        engine.cancel(item.request)
    engine.step()

    assert {item.last.finish_reason for item in asked} == {FinishReason.CANCELLED}
    assert is_idle(engine) and not engine._runner._caches


def test_a_model_that_cannot_be_run_at_all_is_refused(
    slow_model: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forward(input_ids: torch.Tensor) -> None:
        raise NotImplementedError

    network = slow_model.network
    monkeypatch.setattr(network, "forward", forward)
    with pytest.raises(LoadError, match="cannot serve this model"):
        Engine(replace(slow_model, network=network), EngineConfig(cache_gib=0.1))
