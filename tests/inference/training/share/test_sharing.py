"""`python -m inference.training.share` lets neighbours share, and what it writes is served from one copy."""

import json
from pathlib import Path

import pytest
import torch

from inference.engine.loader import load
from inference.training.finetune.__main__ import main as finetune
from inference.training.language.networks import read_network
from inference.training.share.__main__ import main
from tests.inference.engine.greedy import engine_says, network_says
from tests.inference.engine.tiny import write_model
from tests.inference.training.smaller_programs import LEARNING, refusal_of, result_of, write_with_twins


@pytest.fixture
def twins(base: Path, data: Path, tmp_path: Path) -> Path:
    """A model with two layers that can share at no cost."""
    return write_with_twins(base, data, tmp_path / "twins")


@pytest.mark.parametrize("start", ["mean", "first", "second"])
def test_equal_layers_are_found_and_nothing_is_lost(
    twins: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], start: str
):
    out = tmp_path / "out"
    result = result_of(
        main,
        capsys,
        *("--base", twins, "--data", data, "--out", out, "--saving", 0.2, "--start", start, "--epochs", 0),
    )
    assert result["pairs"] == [[1, 2]]
    assert result["perplexity_after"] == pytest.approx(result["perplexity_before"], rel=1e-4)
    assert result["parameters"] == result["parameters_before"] - (2 * 64 * 64 + 2 * 64 * 32 + 3 * 64 * 96)
    assert json.loads((out / "config.json").read_text())["shared_layers"]["mlp"] == [0, 1, 1]


@pytest.mark.parametrize("what", ["layers", "attention", "mlp"])
def test_a_model_that_shares_recovers_and_is_served(
    base: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str
):
    out = tmp_path / "out"
    result = result_of(
        main,
        capsys,
        *("--base", base, "--data", data, "--out", out, "--what", what, "--saving", 0.05),
        *("--epochs", 3, *LEARNING),
    )
    assert result["perplexity_after"] < result["perplexity_reduced"]
    assert result["shared_parts"] == (["attention", "mlp"] if what == "layers" else [what])
    network = read_network(out)
    assert sum(weight.numel() for weight in network.parameters()) == result["parameters"]
    assert engine_says(load(out, "fp32", threads=1)) == network_says(network)


def test_a_model_that_shares_can_be_fine_tuned_and_goes_on_sharing(
    twins: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    shared, tuned = tmp_path / "shared", tmp_path / "tuned"
    result_of(
        main, capsys, *("--base", twins, "--data", data, "--out", shared, "--saving", 0.2, "--epochs", 0)
    )
    arguments = ("--base", shared, "--data", data, "--out", tuned, "--method", "full", "--epochs", 1)
    assert finetune([str(each) for each in (*arguments, "--threads", 1)]) == 0
    network = read_network(tuned)
    layers = network.model.layers
    assert layers[1].mlp.down_proj is layers[2].mlp.down_proj
    assert not torch.equal(
        layers[1].mlp.down_proj.weight, read_network(shared).model.layers[1].mlp.down_proj.weight
    )


def test_more_than_pairs_can_save_is_refused(
    base: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    arguments = ("--base", base, "--data", data, "--out", tmp_path / "out", "--saving", 0.4)
    assert "save 23% at most" in refusal_of(main, capsys, *arguments)


def test_layers_of_another_family_are_refused(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    base = write_model(tmp_path / "base", "phi")
    assert "Llama family" in refusal_of(
        main, capsys, "--base", base, "--data", data, "--out", tmp_path / "out"
    )
