"""`python -m benchmarks.training_smaller` gives the figures of all smaller models in one file."""

import json
from pathlib import Path

import pytest

from benchmarks import training_smaller
from benchmarks.training_smaller import main
from tests.benchmarks.test_training_distil import write_sgd_file
from tests.inference.training.language.tiny_training import write_base


def test_every_part_is_measured_beside_its_base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    quickly = {"epochs": 1, "sample_tokens": 64, "measure": False}
    programs = {
        "prune": ("prune", {"share": 0.3, **quickly}),
        "share": ("share", {"saving": 0.05, **quickly}),
        "int4": ("quantise", {"bits": "int4", "measure": True}),
    }
    monkeypatch.setattr(training_smaller, "_PROGRAMS", programs)
    write_sgd_file(tmp_path / "data" / "sgd")
    file = tmp_path / "figures" / "smaller.json"
    arguments = ["--json", str(file), "--data", str(tmp_path / "data"), "--threads", "1"]
    base = write_base(tmp_path / "base")

    assert main([*arguments, "--base", str(base), "--parts", "prune", "share"]) == 0
    assert main([*arguments, "--base", str(base), "--parts", "int4"]) == 0

    figures = json.loads(file.read_text(encoding="utf-8"))
    for name in ("prune", "share", "quantise_int4"):
        part = figures[name]
        expected = part["perplexity_after"] / part["perplexity_before"]
        assert figures[f"{name}_perplexity_ratio"] == pytest.approx(expected, abs=1e-3)
    assert len(figures["prune"]["removed_layers"]) == len(figures["share"]["pairs"]) == 1
    packed = figures["quantise_int4"]
    assert 0 < figures["quantise_int4_file_ratio"] < 0.5
    assert figures["quantise_int4_speed_ratio"] == pytest.approx(
        packed["tokens_per_second_after"] / packed["tokens_per_second_before"], abs=1e-3
    )


def test_a_program_that_gives_nothing_leaves_the_figures_as_they_were(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    file = tmp_path / "smaller.json"
    file.write_text('{"prune_perplexity_ratio": 1.1}', encoding="utf-8")
    write_sgd_file(tmp_path / "data" / "sgd")
    arguments = ["--json", str(file), "--data", str(tmp_path / "data"), "--parts", "prune"]
    assert main([*arguments, "--base", str(tmp_path / "nothing")]) == 1
    assert "prune ended with 2: " in capsys.readouterr().err
    assert json.loads(file.read_text(encoding="utf-8")) == {"prune_perplexity_ratio": 1.1}
