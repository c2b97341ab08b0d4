"""`python -m inference.training.prune` takes out what is of least use, and what is left is served."""

import json
from pathlib import Path

import pytest

from inference.engine.loader import load
from inference.training.language.networks import read_network
from inference.training.prune.__main__ import main
from tests.inference.engine.greedy import engine_says, network_says
from tests.inference.engine.small_folders import write_packed_model, write_shared_model
from tests.inference.engine.tiny import write_model
from tests.inference.training.smaller_programs import (
    LEARNING,
    refusal_of,
    result_of,
    run,
    write_with_idle_heads,
    write_with_idle_layer,
)


@pytest.mark.parametrize("importance", ["loss", "influence"])
@pytest.mark.parametrize("idle", [0, 1, 2])
def test_a_layer_that_adds_nothing_is_found_and_nothing_is_lost(
    base: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], idle: int, importance: str
):
    planted = write_with_idle_layer(base, data, tmp_path / "planted", idle)
    result = result_of(
        main,
        capsys,
        *("--base", planted, "--data", data, "--out", tmp_path / "out", "--share", 0.3),
        *("--importance", importance, "--epochs", 0),
    )
    assert result["removed_layers"] == [idle]
    assert (result["layers"], result["layers_before"]) == (2, 3)
    assert result["perplexity_reduced"] == pytest.approx(result["perplexity_before"], rel=1e-3)
    assert result["parameters"] < result["parameters_before"]


@pytest.mark.parametrize("group", [0, 1])
def test_heads_that_say_nothing_are_found_and_nothing_is_lost(
    base: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], group: int
):
    planted = write_with_idle_heads(base, data, tmp_path / "planted", group)
    out = tmp_path / "out"
    result = result_of(
        main,
        capsys,
        *("--base", planted, "--data", data, "--out", out, "--what", "heads", "--share", 0.5),
        *("--epochs", 0),
    )
    assert result["removed_groups"] == [[group]] * 3
    assert (result["heads"], result["heads_before"]) == (2, 4)
    assert result["perplexity_reduced"] == pytest.approx(result["perplexity_before"], rel=1e-3)
    config = json.loads((out / "config.json").read_text())
    assert (config["num_attention_heads"], config["num_key_value_heads"], config["head_dim"]) == (2, 1, 16)
    assert engine_says(load(out, "fp32", threads=1)) == network_says(read_network(out))


@pytest.mark.parametrize("method", ["full", "lora"])
@pytest.mark.parametrize("architecture", ["llama", "gemma3"])
def test_a_pruned_model_recovers_and_is_served(
    architecture: str,
    method: str,
    data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
):
    base, out = write_model(tmp_path / "base", architecture), tmp_path / "out"
    result = result_of(
        main,
        capsys,
        *("--base", base, "--data", data, "--out", out, "--share", 0.3, "--importance", "influence"),
        *("--method", method, "--epochs", 3, *LEARNING),
    )
    assert result["perplexity_after"] < result["perplexity_reduced"]
    assert result["bytes"] == sum(file.stat().st_size for file in out.glob("*.safetensors"))
    assert engine_says(load(out, "fp32", threads=1)) == network_says(read_network(out))


def test_small_weights_become_zeros_and_stay_so(
    base: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    out = tmp_path / "out"
    result = result_of(
        main,
        capsys,
        *("--base", base, "--data", data, "--out", out, "--what", "weights", "--share", 0.5),
        *("--epochs", 1, *LEARNING),
    )
    assert result["zeros_share"] == pytest.approx(0.5, abs=0.01)
    assert "same memory and time" in result["note"]
    down = read_network(out).model.layers[0].mlp.down_proj.weight
    assert int((down == 0).sum()) == down.numel() // 2
    largest = read_network(base).model.layers[0].mlp.down_proj.weight.abs().flatten().argmax()
    assert down.flatten()[largest] != 0


def test_an_interrupted_recovery_goes_on_with_the_same_layers(
    base: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    arguments = ("--base", base, "--data", data, "--share", 0.3, "--epochs", 2, *LEARNING)
    checkpoints = ("--checkpoints", tmp_path / "checkpoints", "--checkpoint-every", 2)
    whole = result_of(main, capsys, *arguments, *checkpoints, "--out", tmp_path / "whole")
    _status, lines = run(main, capsys, *arguments, *checkpoints, "--out", tmp_path / "again")
    # All steps are done already: none is told again.
    assert not [line for line in lines if line.get("step", 0) == 1]
    again = lines[-1]["result"]
    assert again["removed_layers"] == whole["removed_layers"]
    assert again["perplexity_after"] == pytest.approx(whole["perplexity_after"], rel=1e-4)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--share", 0.9), "Of 3 layers 3 cannot be taken out"),
        (("--what", "heads", "--share", 0.9), "2 groups of heads"),
        (("--what", "weights", "--method", "lora"), "--method full"),
    ],
)
def test_what_cannot_be_taken_out_is_refused(
    base: Path,
    data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[object, ...],
    said: str,
):
    out = tmp_path / "out"
    assert said in refusal_of(main, capsys, "--base", base, "--data", data, "--out", out, *arguments)
    assert not out.exists()


def test_what_comes_last_is_refused_as_a_beginning(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    packed = write_packed_model(tmp_path / "one", "int8")
    shared = write_shared_model(tmp_path / "two")
    for base, said in ((packed, "quantised, which comes last"), (shared, "shared already")):
        assert said in refusal_of(main, capsys, "--base", base, "--data", data, "--out", tmp_path / "out")


def test_heads_of_another_family_are_refused(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    base = write_model(tmp_path / "base", "phi")
    said = refusal_of(
        main, capsys, *("--base", base, "--data", data, "--out", tmp_path / "out", "--what", "heads")
    )
    assert "Llama family" in said
