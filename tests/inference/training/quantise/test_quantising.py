"""`python -m inference.training.quantise` writes what the engine serves at once, at little cost."""

from pathlib import Path

import pytest
import torch

from inference.engine.loader import load
from inference.engine.native.packed_file import NAME
from inference.training.language.dialogues import read_dialogues
from inference.training.language.examples import encode
from inference.training.language.networks import read_network, read_tokenizer
from inference.training.language.perplexity import perplexity_of
from inference.training.language.served_perplexity import served_perplexity_of
from inference.training.quantise.__main__ import main
from tests.inference.engine.greedy import engine_says, network_says
from tests.inference.engine.small_folders import write_shared_model
from tests.inference.engine.tiny import write_model
from tests.inference.training.smaller_programs import refusal_of, result_of


@pytest.mark.parametrize("architecture", ["llama", "gemma3"])
@pytest.mark.parametrize("bits", ["int8", "int4"])
def test_what_is_written_is_served_at_once(
    architecture: str, bits: str, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    base, out = write_model(tmp_path / "base", architecture), tmp_path / "out"
    result = result_of(main, capsys, *("--base", base, "--data", data, "--out", out, "--bits", bits))
    model = load(out, threads=1)
    assert (model.precision, model.native is not None) == (bits, True)
    assert result["bytes"] == (out / NAME).stat().st_size < (base / "model.safetensors").stat().st_size / 3
    assert result["perplexity_ratio"] == pytest.approx(
        result["perplexity_after"] / result["perplexity_before"], abs=1e-3
    )
    # The numbers that the kernels multiply with, in float32, are those of the unpacked network.
    assert engine_says(load(out, "fp32", threads=1)) == network_says(read_network(out))


def test_the_perplexity_is_the_one_of_the_network(base: Path, data: Path):
    examples = encode(read_dialogues(data / "test.jsonl"), read_tokenizer(base), 512)
    served = served_perplexity_of(base, examples, "fp32")
    expected = perplexity_of(read_network(base), examples)
    assert served.tokens == expected.tokens
    assert served.nats == pytest.approx(expected.nats, rel=1e-4)


def test_layers_that_share_are_packed_once(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    base, out = write_shared_model(tmp_path, context_length=512), tmp_path / "out"
    result_of(main, capsys, *("--base", base, "--data", data, "--out", out))
    layers = read_network(out).model.layers
    assert layers[0].self_attn.q_proj is layers[1].self_attn.q_proj
    assert engine_says(load(out, "fp32", threads=1)) == network_says(read_network(out))


def test_a_quantised_model_is_refused_as_a_beginning(
    base: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    result_of(main, capsys, *("--base", base, "--data", data, "--out", tmp_path / "one", "--bits", "int8"))
    said = refusal_of(main, capsys, *("--base", tmp_path / "one", "--data", data, "--out", tmp_path / "two"))
    assert "quantised already" in said


def test_an_architecture_without_kernels_is_refused(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    base = write_model(tmp_path / "base", "phi")
    said = refusal_of(main, capsys, *("--base", base, "--data", data, "--out", tmp_path / "out"))
    assert "phi" in said and "kernels" in said


def test_speed_and_memory_are_measured_in_a_process_of_their_own(
    base: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    result = result_of(
        main,
        capsys,
        *("--base", base, "--data", data, "--out", tmp_path / "out", "--bits", "int8", "--measure", "true"),
    )
    assert result["file_bytes_after"] == result["bytes"] < result["file_bytes_before"]
    for name in ("tokens_per_second", "resident_bytes", "load_seconds"):
        assert result[f"{name}_before"] > 0 and result[f"{name}_after"] > 0
    assert result["served_in"] == "int8"
    assert torch.get_num_threads() == 1
