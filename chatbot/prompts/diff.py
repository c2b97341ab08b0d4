"""What differs between two texts: line by line, and word by word within lines that were changed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Literal

# A word with the blanks after it; a wide character, as in Chinese, is a word.
_WORD = re.compile(r"[\u2e80-\uffff]|[^\s\u2e80-\uffff]+\s*|\s+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a line; `marked` where the other side has something else."""

    text: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A line on both sides; a side without it has number None and no pieces."""

    kind: Literal["same", "changed", "removed", "added"]
    old_number: int | None
    old: tuple[Piece, ...]
    new_number: int | None
    new: tuple[Piece, ...]


def rows(old: str, new: str) -> list[Row]:
    """Return the lines of both texts side by side, in order."""
    left, right = old.splitlines(), new.splitlines()
    found: list[Row] = []
    for tag, left_from, left_to, right_from, right_to in SequenceMatcher(None, left, right).get_opcodes():
        pairs = zip_longest(range(left_from, left_to), range(right_from, right_to))
        found += [_row(tag, left, first, right, second) for first, second in pairs]
    return found


def unified(found: list[Row]) -> Iterator[tuple[Literal["same", "removed", "added"], int, tuple[Piece, ...]]]:
    """Yield the rows one below the other: in each block of changes what was removed, then what was added."""
    removed: list[tuple[int, tuple[Piece, ...]]] = []
    added: list[tuple[int, tuple[Piece, ...]]] = []
    for row in [*found, None]:
        if row is not None and row.kind != "same":
            removed += [(row.old_number, row.old)] if row.old_number is not None else []
            added += [(row.new_number, row.new)] if row.new_number is not None else []
            continue
        yield from (("removed", number, pieces) for number, pieces in removed)
        yield from (("added", number, pieces) for number, pieces in added)
        removed, added = [], []
        if row is not None and row.new_number is not None:
            yield "same", row.new_number, row.new


def _row(tag: str, left: list[str], first: int | None, right: list[str], second: int | None) -> Row:
    if first is None and second is not None:
        return Row("added", None, (), second + 1, (Piece(right[second]),))
    if second is None and first is not None:
        return Row("removed", first + 1, (Piece(left[first]),), None, ())
    assert first is not None and second is not None
    if tag == "equal":
        return Row("same", first + 1, (Piece(left[first]),), second + 1, (Piece(right[second]),))
    old, new = _marked(left[first], right[second])
    return Row("changed", first + 1, old, second + 1, new)


def _marked(old: str, new: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Return the pieces of two lines, marked where they differ."""
    left, right = _WORD.findall(old), _WORD.findall(new)
    ours: list[Piece] = []
    theirs: list[Piece] = []
    for tag, left_from, left_to, right_from, right_to in SequenceMatcher(None, left, right).get_opcodes():
        for pieces, words in ((ours, left[left_from:left_to]), (theirs, right[right_from:right_to])):
            if words:
                pieces.append(Piece("".join(words), marked=tag != "equal"))
    return tuple(ours), tuple(theirs)
