"""`python -m benchmarks.training_distil` gives the figures of both students in one file."""

import json
from pathlib import Path

import pytest

from benchmarks import training_distil
from benchmarks.training_distil import main
from tests.inference.tiny_sentiment import head, write_encoder
from tests.inference.training.language.tiny_training import write_base
from tests.inference.training.test_a_head_from_named_data import write_sources


def write_sgd_file(folder: Path) -> None:
    """Twenty dialogues as the makers of the set publish them."""
    folder.mkdir(parents=True)
    said = (("USER", "The lamp?"), ("SYSTEM", "The lamp arrives within three days."))
    turns = [{"speaker": speaker, "utterance": text} for speaker, text in said]
    dialogues = [{"dialogue_id": str(number), "turns": turns} for number in range(20)]
    (folder / "dev_dialogues_001.json").write_text(json.dumps(dialogues), encoding="utf-8")


def test_both_students_are_measured_beside_their_teachers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(training_distil, "ENCODER", {"layers": "1", "epochs": 1, "rank": 4})
    data = write_sources(tmp_path / "data", 60)
    write_sgd_file(data / "sgd")
    head().write(tmp_path / "head")
    file = tmp_path / "figures" / "distil.json"
    arguments = [
        *("--json", str(file), "--data", str(data), "--teacher", str(write_base(tmp_path / "base"))),
        *("--encoder", str(write_encoder(tmp_path / "encoder")), "--head", str(tmp_path / "head")),
    ]
    assert main(arguments) == 0
    figures = json.loads(file.read_text(encoding="utf-8"))
    language = figures["language"]
    assert figures["distil_perplexity_ratio"] == pytest.approx(
        language["perplexity_after"] / language["perplexity_control"], abs=1e-3
    )
    assert language["layers"] == [0, 2]
    assert figures["encoder_macro_f1_ratio"] > 0
    assert figures["encoder_speed_ratio"] > 0
    assert figures["encoder"]["layers_before"] == 2


def test_a_program_that_gives_nothing_leaves_the_figures_as_they_were(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    file = tmp_path / "distil.json"
    file.write_text('{"distil_perplexity_ratio": 0.9}', encoding="utf-8")
    write_sgd_file(tmp_path / "data" / "sgd")
    arguments = ["--json", str(file), "--data", str(tmp_path / "data"), "--parts", "language"]
    assert main([*arguments, "--teacher", str(tmp_path / "nothing")]) == 1
    assert "distil ended with 2: " in capsys.readouterr().err
    assert json.loads(file.read_text(encoding="utf-8")) == {"distil_perplexity_ratio": 0.9}
