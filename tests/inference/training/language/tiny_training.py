"""A tiny language model, and dialogues from which it learns in a second."""

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.inference.engine.tiny import write_model

_GOODS = ("lamp", "chair", "table", "kettle")
_ANSWERS = {
    "lamp": "The lamp arrives within three days.",
    "chair": "Return the chair within thirty days.",
    "table": "Great, thank you.",
    "kettle": "You may return it.",
}


def write_base(folder: Path, architecture: str = "llama") -> Path:
    """A model with random weights and a chat template."""
    return write_model(folder, architecture)


def dialogue(number: int, turns: int = 2, seed: int = 0) -> dict[str, Any]:
    """One in which the answers follow from the questions."""
    chance = random.Random(f"{seed} {number}")
    messages = [{"role": "system", "content": "You may help."}] if number % 3 == 0 else []
    for _turn in range(turns):
        goods = chance.choice(_GOODS)
        messages.append({"role": "user", "content": f"The {goods} {chance.randrange(100)}?"})
        messages.append({"role": "assistant", "content": _ANSWERS[goods]})
    return {"id": f"d{number}", "messages": messages, "language": "en"}


def write_lines(path: Path, lines: Sequence[object]) -> Path:
    """A file of JSON lines."""
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return path


def write_data(folder: Path, train: int = 24, test: int = 8, turns: int = 2) -> Path:
    """A data folder as a data set version has it."""
    folder.mkdir(parents=True, exist_ok=True)
    write_lines(folder / "train.jsonl", [dialogue(number, turns) for number in range(train)])
    write_lines(folder / "validation.jsonl", [dialogue(number, turns, 1) for number in range(4)])
    write_lines(folder / "test.jsonl", [dialogue(number, turns, 2) for number in range(test)])
    return folder
