"""An explanation of a sentiment as people read it: marked words, and a table whose numbers add up."""

from collections.abc import Iterable
from dataclasses import dataclass

from inference.classifying import Explanation, Verdict, WordPull

# Weaker pulls are drawn as if there were none.
_WEAKEST = 0.01
_IN_TABLE = 15


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of the text; `direction` is "up", "down" or "", `strength` from 1, weak, to 3."""

    text: str
    direction: str = ""
    strength: int = 0


@dataclass(frozen=True, slots=True)
class Explained:
    """What is shown. `baseline`, the pulls of the words listed, and `rest` add up to `total`."""

    verdict: Verdict
    pieces: list[Piece]
    # The strongest first.
    words: list[WordPull]
    rest: float
    rest_count: int
    baseline: float
    total: float


def explained(text: str, explanation: Explanation) -> Explained:
    """Return the words of `text` marked by how they pulled, and what they add up to."""
    words = sorted(explanation.words, key=lambda word: -abs(word.pull))
    shown, rest = words[:_IN_TABLE], words[_IN_TABLE:]
    return Explained(
        verdict=explanation.verdict,
        pieces=list(_pieces(text, explanation.words)),
        words=shown,
        rest=sum(word.pull for word in rest),
        rest_count=len(rest),
        baseline=explanation.baseline,
        total=explanation.baseline + sum(word.pull for word in words),
    )


def _pieces(text: str, words: Iterable[WordPull]) -> Iterable[Piece]:
    """Cut the text at the words; what lies between them, or is beyond what was read, is not marked."""
    in_order = sorted(words, key=lambda word: word.start)
    strongest = max((abs(word.pull) for word in in_order), default=0.0)
    end = 0
    for word in in_order:
        start, stop = max(word.start, end), min(word.end, len(text))
        if start >= stop:
            continue
        if start > end:
            yield Piece(text[end:start])
        yield _marked(text[start:stop], word.pull, strongest)
        end = stop
    if end < len(text):
        yield Piece(text[end:])


def _marked(text: str, pull: float, strongest: float) -> Piece:
    if abs(pull) < _WEAKEST:
        return Piece(text)
    return Piece(text, "up" if pull > 0 else "down", min(3, 1 + int(3 * abs(pull) / strongest)))
