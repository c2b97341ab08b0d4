"""What the process that reads has written: a hostile file may have made it write anything at all."""

from collections.abc import Mapping
from typing import Any

from chatbot.knowledge.parsing.unreadable import unreadable


def text_in(answer: Mapping[str, Any], name: str) -> str:
    """Return the text under `name`; raises Unreadable where there is none."""
    return _text(answer.get(name))


def texts_in(answer: Mapping[str, Any], name: str) -> list[str]:
    """Return the list of texts under `name`; raises Unreadable where there is none."""
    return [_text(each) for each in _list(answer.get(name))]


def rows_in(answer: Mapping[str, Any], name: str) -> list[dict[str, str]]:
    """Return the list of texts by their names; raises Unreadable where there is none."""
    rows = _list(answer.get(name))
    if not all(isinstance(row, dict) for row in rows):
        raise unreadable("broken")
    return [{_text(key): _text(value) for key, value in row.items()} for row in rows]


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise unreadable("broken")
    return value


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise unreadable("broken")
    return value
