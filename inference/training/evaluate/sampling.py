"""Which examples of a data set are measured: the same for every version."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

One = TypeVar("One")


def chosen(examples: Sequence[One], most: int, key: Callable[[One], str]) -> list[One]:
    """Return at most `most` examples, chosen by their keys alone and in the order of those."""
    return sorted(examples, key=lambda one: _digest(key(one)))[:most]


def place_in(key: str, count: int) -> int:
    """Return a number from 0 up to `count` that depends on the key alone."""
    return int(_digest(key)[:12], 16) % count


def digest_of(texts: Iterable[str]) -> str:
    """Return what names these texts in this order: figures are compared where it is the same."""
    whole = hashlib.sha256()
    for text in texts:
        whole.update(text.encode() + b"\0")
    return whole.hexdigest()[:32]


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
