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
        content = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadLines(f"{file} is not UTF-8.") from error
    except OSError as error:
        raise BadLines(f"{file} cannot be read: {error.strerror}.") from error
    for number, line in enumerate(content.split("\n"), start=1):
        if not line.strip():
            continue
        place = f"{file}, line {number}"
        try:
            value: Any = json.loads(line)
        except ValueError as error:
            reason = error.msg if isinstance(error, json.JSONDecodeError) else error
            raise BadLines(f"{place}: this is no JSON ({reason}). Each line holds one object.") from error
        if not isinstance(value, dict):
            raise BadLines(f"{place}: each line must be an object, like {{...}}.")
        yield place, value
