"""Whether passages support a sentence.

A sentence is supported when what it says stands close together in one passage: all of its words that carry
meaning, most of them in the same order, all of its numbers, names and limits ("only", "must"), as many
negations as the place that it was taken from, and a "may" where that has one. One strange word is enough to
make it false: "not been detected in the sewers" for "in drinking water". That is strict: what a model says
in other words is refused, and then the passage is quoted instead. A small model that is believed on similar
words alone says the opposite of what it read.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from chatbot.conversations.answering import sentences, words

# The share of a sentence's words that must be found in order; below the other one no place is worth a look.
IN_ORDER, _WORTH_A_LOOK = 0.75, 0.4
_NAME = re.compile(r"(?<=[^.!?…:\n] )[A-Z][\w-]*")
_WIDEST = 3


@dataclass(frozen=True, slots=True)
class Support:
    """`score` is from 0 to 1; `passages` are numbers from 1, the best first."""

    score: float
    supported: bool
    passages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Window:
    """Neighbouring sentences of one passage."""

    passage: int
    tokens: list[str]
    stems: list[str]


class Evidence:
    """Passages as they are compared with sentences; `texts[0]` has the number 1."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._windows: list[_Window] = []
        for number, text in enumerate(texts, start=1):
            parts = [words.tokens(sentence) for sentence in sentences.split(text)]
            for width in range(1, _WIDEST + 1):
                for start in range(max(1, len(parts) - width + 1) if width == 1 else len(parts) - width + 1):
                    found = [token for part in parts[start : start + width] for token in part]
                    self._windows.append(_Window(number, found, [words.stem(token) for token in found]))

    def check(self, sentence: str) -> Support:
        """Return how well the passages support `sentence`; what says nothing is not supported."""
        said = words.tokens(sentence)
        stems = [words.stem(token) for token in said if not words.is_empty(token)]
        if not stems:
            return Support(0.0, False)
        musts = {words.stem(token) for token in said if words.is_number(token) or token in words.LIMITS}
        musts |= {words.stem(name) for found in _NAME.findall(sentence) for name in words.tokens(found)}
        best: dict[int, tuple[float, bool]] = {}
        for window in self._windows:
            score, holds = _compare(said, stems, musts, window)
            if (holds, score) > (
                best.get(window.passage, (0.0, False))[1],
                best.get(window.passage, (0.0,))[0],
            ):
                best[window.passage] = (score, holds)
        if not best:
            return Support(0.0, False)
        ranked = sorted(best.items(), key=lambda item: (item[1][1], item[1][0]), reverse=True)
        number, (score, holds) = ranked[0]
        return Support(round(score, 3), holds, (number,) if holds else ())


def _compare(said: list[str], stems: list[str], musts: set[str], window: _Window) -> tuple[float, bool]:
    there = set(window.stems)
    covered = sum(stem in there for stem in stems) / len(stems)
    if covered < _WORTH_A_LOOK:
        return covered / 2, False
    places = _in_order(stems, window.stems)
    in_order = len(places) / len(stems)
    score = (covered + in_order) / 2
    if covered < 1 or in_order < IN_ORDER or not musts <= there:
        return score, False
    told = sum(not words.is_empty(token) for token in window.tokens[places[0] : places[-1] + 1])
    if told - len(places) > len(stems) / 3 + 1:
        # What was left out may have been the condition: "should not wear a mask" of "healthy people".
        return score, False
    # A negation stands before what it denies, sometimes by some words.
    span = window.tokens[max(0, places[0] - 4) : places[-1] + 2]
    if _hedges(span) and not _hedges(said):
        return score, False
    return score, _negations(span) == _negations(said)


def _in_order(stems: list[str], there: list[str]) -> list[int]:
    """Return the places in `there` of the longest part of `stems` that stands in it in order."""
    longest = [[0] * (len(there) + 1) for _ in range(len(stems) + 1)]
    for i in range(len(stems) - 1, -1, -1):
        for j in range(len(there) - 1, -1, -1):
            same = stems[i] == there[j]
            longest[i][j] = longest[i + 1][j + 1] + 1 if same else max(longest[i + 1][j], longest[i][j + 1])
    places = []
    i = j = 0
    while i < len(stems) and j < len(there):
        if stems[i] == there[j]:
            places.append(j)
            i, j = i + 1, j + 1
        elif longest[i + 1][j] >= longest[i][j + 1]:
            i += 1
        else:
            j += 1
    return places


def _hedges(tokens: Sequence[str]) -> bool:
    return any(token in words.HEDGES for token in tokens)


def _negations(tokens: Sequence[str]) -> int:
    return sum(token in words.NEGATIONS or token.endswith("n't") for token in tokens)
