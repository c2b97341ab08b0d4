"""Files of JSON lines, read with a sentence for whatever is wrong in them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from inference.training.refusal import Refusal


class BadLines(Refusal):
    """A file cannot be read, or holds something else; one sentence names it and the line."""

    code = "bad_data"


def json_objects(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each line's place, for messages, and the object in it; empty lines are left out. Raises BadLines."""
    try:
        with file.open(encoding="utf-8-sig", newline="\n") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    place = f"{file}, line {number}"
                    yield place, _object(line, place)
    except UnicodeDecodeError as error:
        raise BadLines(f"{file} is not UTF-8.") from error
    except OSError as error:
        raise BadLines(f"{file} cannot be read: {error.strerror}.") from error


def _object(line: str, place: str) -> dict[str, Any]:
    try:
        value: Any = json.loads(line)
    except ValueError as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else error
        raise BadLines(f"{place}: this is no JSON ({reason}). Each line holds one object.") from error
    if not isinstance(value, dict):
        raise BadLines(f"{place}: each line must be an object, like {{...}}.")
    return value
