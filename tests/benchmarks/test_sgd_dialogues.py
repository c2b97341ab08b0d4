"""Dialogues of the Schema-Guided set become data to train on, each in one file only."""

import json
from pathlib import Path

from benchmarks.sgd_dialogues import write_sgd
from inference.training.language.dialogues import read_data


def write_source(folder: Path, dialogues: int) -> Path:
    folder.mkdir()
    for file in range(2):
        (folder / f"dev_dialogues_00{file}.json").write_text(
            json.dumps(
                [
                    {
                        "dialogue_id": f"{file}_{number}",
                        "turns": [
                            {"speaker": "USER", "utterance": f"Question {number}?"},
                            {"speaker": "SYSTEM", "utterance": "Answer."},
                        ]
                        * 2,
                    }
                    for number in range(dialogues // 2)
                ]
            )
        )
    return folder


def test_every_dialogue_is_in_one_file_and_the_same_one_again(tmp_path: Path):
    source = write_source(tmp_path / "sgd", 40)
    counts = write_sgd(tmp_path / "out", source)
    data = read_data(tmp_path / "out")
    names = [[dialogue.id for dialogue in part] for part in (data.train, data.validation, data.test)]
    assert [len(part) for part in names] == [30, 2, 8]
    assert len({name for part in names for name in part}) == 40
    assert counts["train_answers"] == 60 and counts["test_dialogues"] == 8
    assert [message["role"] for message in data.test[0].messages] == ["user", "assistant"] * 2
    write_sgd(tmp_path / "again", source)
    assert (tmp_path / "again" / "train.jsonl").read_bytes() == (
        tmp_path / "out" / "train.jsonl"
    ).read_bytes()


def test_learning_stops_at_so_many_answers_and_the_test_stays(tmp_path: Path):
    source = write_source(tmp_path / "sgd", 40)
    write_sgd(tmp_path / "whole", source)
    counts = write_sgd(tmp_path / "few", source, service_turns=9)
    assert counts["train_answers"] == 10
    assert (tmp_path / "few" / "test.jsonl").read_bytes() == (tmp_path / "whole" / "test.jsonl").read_bytes()
