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


def json_objects(file: Path, *, needed: bool = False) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each line's place, for messages, and the object in it; empty lines are left out.

    Raises BadLines, where a line is `needed` also for none at all.
    """
    found = False
    try:
        with file.open(encoding="utf-8-sig", newline="\n") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    place = f"{file}, line {number}"
                    yield place, _object(line, place)
                    found = True
    except UnicodeDecodeError as error:
        raise BadLines(f"{file} is not UTF-8.") from error
    except OSError as error:
        raise BadLines(f"{file} cannot be read: {error.strerror}.") from error
    if needed and not found:
        raise BadLines(f"{file} has no lines.")


def text_in(value: dict[str, Any], name: str, place: str, *, needed: bool = True) -> str:
    """Return the text of a field; a number counts as one. Raises BadLines, naming `place`."""
    found = value.get(name)
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found)
    if found is None and not needed:
        return ""
    if not isinstance(found, str) or (needed and not found.strip()):
        raise BadLines(f"{place}: “{name}” must be a text" + (" that is not empty." if needed else "."))
    return found


def ids_in(value: dict[str, Any], name: str, place: str) -> frozenset[str]:
    """Return a list of ids. Raises BadLines, naming `place`."""
    found = value.get(name)
    if not isinstance(found, list) or not all(isinstance(one, str | int) for one in found):
        raise BadLines(f"{place}: “{name}” must be a list of ids, like [“a1”].")
    return frozenset(str(one) for one in found)


def _object(line: str, place: str) -> dict[str, Any]:
    try:
        value: Any = json.loads(line)
    except ValueError as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else error
        raise BadLines(f"{place}: this is no JSON ({reason}). Each line holds one object.") from error
    if not isinstance(value, dict):
        raise BadLines(f"{place}: each line must be an object, like {{...}}.")
    return value
