"""Answers of one version to questions, for people to judge."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from inference.engine.loader import Precision
from inference.training.evaluate.answering import Message, Writer
from inference.training.evaluate.likeness import MOST_TOKENS
from inference.training.evaluate.rows import Row, write_rows
from inference.training.output import Tell
from inference.training.refusal import Refusal


class BadQuestions(Refusal):
    """A file holds no questions; one sentence names the line."""

    code = "bad_data"


def answer_questions(
    folder: Path,
    questions: Path,
    out: Path,
    tell: Tell,
    *,
    threads: int,
    precision: Precision = "auto",
    kernel_cache: Path | None = None,
) -> dict[str, Any]:
    """Write to `out` a row for each question, whose `said` holds "answer", and tell how far that is.

    Raises Refusal.
    """
    began = time.monotonic()
    asked = _read(questions)
    writer = Writer(folder, precision=precision, threads=threads or 1, kernel_cache=kernel_cache)
    rows = []
    for place, answer in writer.answers([messages for _key, messages in asked], MOST_TOKENS):
        rows.append(Row("questions", asked[place][0], {}, {"answer": answer}))
        left = (time.monotonic() - began) / len(rows) * (len(asked) - len(rows))
        tell({"step": len(rows), "of": len(asked), "seconds_left": left})
    write_rows(rows, out)
    return {"answers": len(rows), "seconds": round(time.monotonic() - began, 2)}


def _read(file: Path) -> list[tuple[str, list[Message]]]:
    found = []
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadQuestions(f"The questions cannot be read: {error}.") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
            messages = [{"role": one["role"], "content": str(one["content"])} for one in value["messages"]]
        except (ValueError, TypeError, KeyError):
            raise BadQuestions(
                f'Line {number} of the questions is none: {{"id", "messages"}} is needed.'
            ) from None
        found.append((str(value.get("id", number)), messages))
    if not found:
        raise BadQuestions("There are no questions.")
    return found
