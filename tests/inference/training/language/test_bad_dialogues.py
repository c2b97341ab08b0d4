"""A file that will not do is refused with a sentence that names it and the line."""

import json
from pathlib import Path

import pytest

from inference.training.language.dialogues import LONGEST_LINE, BadDialogues, read_data, read_dialogues
from tests.inference.training.language.tiny_training import dialogue, write_data, write_lines

GOOD = json.dumps(dialogue(0)).encode()
ASKED = b'{"messages": [{"role": "user", "content": "Where?"}]}'


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "holds no dialogue"),
        (b"\n \n", "holds no dialogue"),
        (GOOD + b"\n\xff\xfe\n", "line 2, is not UTF-8 at byte 1"),
        (GOOD + b"\nHello there\n", "line 2, is no JSON"),
        (b"[" * 100_000 + b"\n", "line 1, is no JSON"),
        (GOOD + b"\n[1, 2]\n", "line 2, is no dialogue"),
        (b'{"messages": []}\n', "line 1, is no dialogue"),
        (b'{"messages": ["hello"]}\n', "role is not one of system, user, assistant"),
        (b'{"messages": [{"role": "robot", "content": "x"}]}\n', "role is not one of"),
        (b'{"messages": [{"role": ["user"], "content": "x"}]}\n', "role is not one of"),
        (b'{"messages": [{"role": "user", "content": null}]}\n', "message without text"),
        (b'{"messages": [{"role": "user", "content": "\\ud800"}]}\n', "half a character"),
        (b'{"messages": [{"role": "assistant", "content": "x", "weight": 2}]}\n', "neither 0 nor 1"),
        (ASKED + b"\n", "holds no answer"),
        (b'{"messages": [{"role": "assistant", "content": "x", "weight": 0}]}\n', "holds no answer"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(content: bytes, sentence: str, tmp_path: Path):
    path = tmp_path / "train.jsonl"
    path.write_bytes(content)
    with pytest.raises(BadDialogues) as refused:
        read_dialogues(path)
    assert sentence in str(refused.value) and str(path) in str(refused.value)
    assert str(refused.value).endswith(".") and "\n" not in str(refused.value)


def test_a_line_of_fifty_megabytes_is_refused_and_never_read_whole(tmp_path: Path):
    path = tmp_path / "train.jsonl"
    with path.open("wb") as file:
        file.write(GOOD + b'\n{"messages": [{"role": "user", "content": "')
        # A hole in the file: nothing lies on the disk for it.
        file.truncate(50 * 1024 * 1024)
    with pytest.raises(BadDialogues, match=r"line 2, is longer than 1024 KiB"):
        read_dialogues(path)
    assert LONGEST_LINE == 1024 * 1024


def test_a_file_that_is_missing_or_no_file_is_refused(tmp_path: Path):
    with pytest.raises(BadDialogues, match="No such file"):
        read_dialogues(tmp_path / "train.jsonl")
    with pytest.raises(BadDialogues, match="directory"):
        read_dialogues(tmp_path)


def test_one_dialogue_is_too_little_to_learn_from(tmp_path: Path):
    folder = write_data(tmp_path / "data", train=1)
    with pytest.raises(BadDialogues, match="holds one dialogue with an answer"):
        read_data(folder)


def test_a_byte_order_mark_blank_lines_and_missing_names_are_borne(tmp_path: Path):
    path = tmp_path / "train.jsonl"
    path.write_bytes(
        b"\xef\xbb\xbf" + GOOD + b"\n\n" + b'{"messages": [{"role": "assistant", "content": "Hi"}]}'
    )
    found = read_dialogues(path)
    assert [each.id for each in found] == ["d0", "3"] and found[1].language == ""


def test_validation_may_be_empty(tmp_path: Path):
    folder = write_data(tmp_path / "data")
    write_lines(folder / "validation.jsonl", [])
    assert read_data(folder).validation == []
