"""Dialogues to learn from, in files of JSON lines as OpenAI's chat fine-tuning reads them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inference.training.refusal import Refusal

LONGEST_LINE = 1024 * 1024
_ROLES = ("system", "user", "assistant")
# From one dialogue nothing can be learnt but that dialogue.
_FEWEST_TO_LEARN_FROM = 2


class BadDialogues(Refusal):
    """Files that hold no dialogues to learn from; one sentence names the file and the line."""

    code = "bad_data"


@dataclass(frozen=True, slots=True)
class Dialogue:
    """The messages of one conversation, each with "role" and "content".

    An answer of the assistant with "weight" 0 is context only.
    """

    id: str
    messages: tuple[dict[str, str | int], ...]
    language: str

    @property
    def has_answer(self) -> bool:
        """Whether there is an answer to learn from."""
        return any(is_learnt(message) for message in self.messages)


@dataclass(frozen=True, slots=True)
class Data:
    """What is learnt from, what is looked at on the way, which may be nothing, and what is measured."""

    train: list[Dialogue]
    validation: list[Dialogue]
    test: list[Dialogue]


def is_learnt(message: dict[str, str | int]) -> bool:
    """Whether `message` is an answer to learn from."""
    return message["role"] == "assistant" and message.get("weight", 1) != 0


def read_data(folder: Path) -> Data:
    """Read `train.jsonl`, `validation.jsonl`, which may be empty or missing, and `test.jsonl` of `folder`.

    Raises BadDialogues, also when there are fewer than two dialogues to learn from.
    """
    train = read_dialogues(folder / "train.jsonl")
    if sum(dialogue.has_answer for dialogue in train) < _FEWEST_TO_LEARN_FROM:
        raise BadDialogues(
            f"{folder / 'train.jsonl'} holds one dialogue with an answer: give at least "
            f"{_FEWEST_TO_LEARN_FROM}, better some hundreds."
        )
    validation = folder / "validation.jsonl"
    looked_at = read_dialogues(validation) if validation.is_file() and validation.stat().st_size else []
    return Data(train, looked_at, read_dialogues(folder / "test.jsonl"))


def read_dialogues(path: Path) -> list[Dialogue]:
    """Read a file line by line; blank lines are passed over. Raises BadDialogues for what will not do.

    A line is `{"id": ..., "messages": [{"role": ..., "content": ...}, ...], "language": ...}`, of which only
    the messages are required.
    """
    try:
        dialogues = [_dialogue(line, path, number) for number, line in _lines(path)]
    except OSError as error:
        raise BadDialogues(f"{path} cannot be read: {error.strerror}.") from error
    if not dialogues:
        raise BadDialogues(f"{path} holds no dialogue: give one JSON object a line.")
    if not any(dialogue.has_answer for dialogue in dialogues):
        raise BadDialogues(f"{path} holds no answer: messages with the role assistant are learnt from.")
    return dialogues


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield each line that is not blank, with its number, and never more than LONGEST_LINE in memory."""
    with path.open("rb") as file:
        number = 0
        while line := file.readline(LONGEST_LINE + 1):
            number += 1
            if len(line) > LONGEST_LINE:
                raise _bad(path, number, f"is longer than {LONGEST_LINE // 1024} KiB: split the dialogue")
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
            except UnicodeDecodeError as error:
                raise _bad(
                    path, number, f"is not UTF-8 at byte {error.start + 1}: save the file as UTF-8"
                ) from None
            if text:
                yield number, text


def _dialogue(line: str, path: Path, number: int) -> Dialogue:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        raise _bad(path, number, "is no JSON: write one object a line") from None
    if not isinstance(found, dict) or not isinstance(found.get("messages"), list) or not found["messages"]:
        raise _bad(
            path, number, 'is no dialogue: {"messages": [{"role": ..., "content": ...}, ...]} is needed'
        )
    messages = tuple(_message(message, path, number) for message in found["messages"])
    return Dialogue(str(found.get("id", number)), messages, str(found.get("language", "")))


def _message(message: Any, path: Path, number: int) -> dict[str, str | int]:
    if not isinstance(message, dict) or message.get("role") not in _ROLES:
        raise _bad(path, number, f"has a message whose role is not one of {', '.join(_ROLES)}")
    content, weight = message.get("content"), message.get("weight", 1)
    if not isinstance(content, str) or not content.strip():
        raise _bad(path, number, "has a message without text: content is a string that is not empty")
    if weight not in (0, 1):
        raise _bad(path, number, "has a message whose weight is neither 0 nor 1")
    try:
        content.encode()
    except UnicodeEncodeError:
        raise _bad(path, number, "has a message with half a character: a lone surrogate") from None
    return {"role": message["role"], "content": content, "weight": int(weight)}


def _bad(path: Path, number: int, what: str) -> BadDialogues:
    return BadDialogues(f"{path}, line {number}, {what}.")
