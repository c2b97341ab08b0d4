"""The words of a text, as people read them, and which tokens belong to each."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Scripts that write without spaces are read by the character; a run of other letters and digits, with the
# apostrophes and hyphens inside, is one word, and so is a run of signs.
_UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+(?:['’-][^\W{_UNSPACED}]+)*|[^\w\s]+")


def words_of(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int, list[int]]]:
    """The words of `text` that tokens stand for, as start, end and the indexes of their tokens, in order.

    `spans` are the characters of each token. Words that share a token are one: of Chinese, where a token is
    often two or three characters, these stay together. Tokens of spaces belong to the word that follows.
    """
    edges = [(match.start(), match.end()) for match in _WORD.finditer(text)]
    found: list[tuple[int, int, list[int]]] = []
    unplaced: list[int] = []
    first = 0
    for index, (start, end) in enumerate(spans):
        if start >= end:
            continue
        while first < len(edges) and edges[first][1] <= start:
            first += 1
        last = first
        while last < len(edges) and edges[last][0] < end:
            last += 1
        if last == first:
            unplaced.append(index)
            continue
        begin, stop = edges[first][0], edges[last - 1][1]
        tokens = [*unplaced, index]
        unplaced = []
        if found and found[-1][1] > begin:
            begin_before, stop_before, tokens_before = found.pop()
            begin, stop, tokens = begin_before, max(stop, stop_before), tokens_before + tokens
        found.append((begin, stop, tokens))
    if unplaced and found:
        found[-1][2].extend(unplaced)
    return found
