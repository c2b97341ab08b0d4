"""`python -m benchmarks.training` gives the figures of fine-tuning, privacy and resuming, a file each."""

import json
from pathlib import Path

import pytest

from benchmarks import training
from benchmarks.training import main
from tests.benchmarks.test_training_distil import write_sgd_file
from tests.inference.training.language.tiny_training import write_base


def test_every_part_is_measured_on_dialogues_that_it_has_not_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(training, "_ANSWERS", 30)
    monkeypatch.setattr(training, "_KILLS", 1)
    several_steps = ("--epochs", "3", "--tokens-at-once", "64", "--checkpoint-every", "1")
    monkeypatch.setattr(training, "_RESUME", several_steps)
    write_sgd_file(tmp_path / "data" / "sgd")
    folder = tmp_path / "figures"
    arguments = ["--json-folder", str(folder), "--data", str(tmp_path / "data"), "--threads", "1"]

    assert main([*arguments, "--base", str(write_base(tmp_path / "base"))]) == 0

    found = {part: json.loads((folder / f"training_{part}.json").read_text()) for part in training.PARTS}
    tuned = found["finetune"]
    # Fifteen answers are there to learn from, which have to be read twice to read thirty.
    assert (tuned["train_answers"], tuned["test_answers"], tuned["epochs"]) == (15, 4, 2.0)
    assert tuned["finetune_perplexity_ratio"] == pytest.approx(
        tuned["perplexity_after"] / tuned["perplexity_before"], abs=1e-4
    )
    private = found["private"]
    assert private["epsilon"] <= private["epsilon_budget"] == 8
    assert {"private_membership_auc", "nonprivate_membership_auc", "private_perplexity_ratio"} <= set(private)
    resumed = found["resume"]
    assert len(resumed["killed_at"]) == len(resumed["final_losses"]) == 1
    assert resumed["resume_loss_difference"] == 0


def test_a_program_that_gives_nothing_leaves_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    write_sgd_file(tmp_path / "data" / "sgd")
    arguments = ["--json-folder", str(tmp_path), "--data", str(tmp_path / "data"), "--parts", "finetune"]
    assert main([*arguments, "--base", str(tmp_path / "nothing")]) == 1
    assert "finetune: finetune ended with 2: " in capsys.readouterr().err
    assert not (tmp_path / "training_finetune.json").exists()
