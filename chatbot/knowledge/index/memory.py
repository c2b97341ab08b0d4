"""The index of one site in memory: exact over vectors (in one byte a number) and over words."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from chatbot.knowledge.index.postings import K1, idf, term_of
from chatbot.knowledge.index.segments import Segment, merged

Number = TypeVar("Number", bound=np.generic)

# So many of the best by each score become candidates.
DEPTH = 50
# A segment with so large a share of its rows gone is written anew.
_SHARE_GONE = 0.3
# From so many rows on, words that one in so many rows holds are left out of the search for candidates.
_LARGE = 10_000
_COMMON = 5
_BLOCK = 16


@dataclass(frozen=True, slots=True)
class Hits:
    """Passages that may answer, in no order, with what their words say; see Candidates for the scores."""

    keys: NDArray[np.int64]
    lexical: NDArray[np.float32] | None
    covered: NDArray[np.float32] | None
    lexical_ideal: float


class MemoryIndex:
    """Passages by key. One writer at a time (others wait); searches need no lock and see a whole state."""

    def __init__(self, encoders: Sequence[str] = ()) -> None:
        self.encoders = tuple(encoders)
        self._segments: tuple[Segment, ...] = ()
        self._writing = threading.Lock()

    def __len__(self) -> int:
        return sum(segment.living for segment in self._segments)

    @property
    def nbytes(self) -> int:
        """Memory of all segments, in bytes."""
        return sum(segment.nbytes for segment in self._segments)

    @property
    def sizes(self) -> list[int]:
        """How many rows each segment has, the oldest first."""
        return [len(segment.keys) for segment in self._segments]

    def add(
        self,
        keys: Sequence[int],
        answers: Sequence[int],
        texts: Sequence[Sequence[str]],
        vectors: Mapping[str, NDArray[np.floating]],
    ) -> None:
        """Add passages by rising key: the answer each belongs to, its words, and for each of the index's
        encoders a row (n, d) that is of length one, or NaN where there is no vector."""
        self.append(Segment.of(keys, answers, texts, {name: vectors[name] for name in self.encoders}))

    def append(self, segment: Segment) -> None:
        """Add a segment with vectors from the index's encoders."""
        with self._writing:
            self._segments = _tidy((*self._segments, segment))

    def replace_answers(self, answers: Sequence[int], additions: Sequence[Segment] = ()) -> None:
        """Remove all passages of `answers` and add others in their place, in one step for searches."""
        gone = np.asarray(answers, np.int64)
        with self._writing:
            rest = [segment.without(np.isin(segment.answers, gone)) for segment in self._segments]
            self._segments = _tidy((*rest, *additions))

    def remove(self, keys: Sequence[int]) -> None:
        """Remove passages by key; those that are not there are passed over."""
        gone = np.asarray(keys, np.int64)
        with self._writing:
            rest = tuple(segment.without(np.isin(segment.keys, gone)) for segment in self._segments)
            self._segments = _tidy(rest)

    def search(
        self,
        words: Sequence[str],
        vectors: Mapping[str, NDArray[np.float32]],
        depth: int = DEPTH,
        others: Sequence[int] = (),
    ) -> Hits:
        """Return the passages that are among the best `depth` by their words or by a vector, and `others`.

        `vectors` are those of the question, by encoder; encoders that the index lacks are passed over.
        """
        segments = self._segments
        alive = _joined([segment.alive for segment in segments], np.bool_)
        keys = _joined([segment.keys for segment in segments], np.int64)
        weights, mean_length = _weights(segments, words)
        chosen = [np.flatnonzero(np.isin(keys, np.asarray(others, np.int64)) & alive)] if len(others) else []
        for name, vector in vectors.items():
            if name in self.encoders:
                cosines = _joined([s.vectors[name].cosines(vector) for s in segments], np.float32)
                chosen.append(_best(np.where(alive & ~np.isnan(cosines), cosines, -np.inf), depth))
        if not weights:
            rows = _union(chosen)
            return Hits(keys[rows], None, None, 0.0)
        telling = _telling(weights, len(keys))
        scores = _joined([s.postings.scores(telling, mean_length) for s in segments], np.float32)
        chosen.append(_best(np.where(alive & (scores > 0), scores, -np.inf), depth))
        rows = _union(chosen)
        mass = sum(weights.values())
        lexical, held = _scores_of(segments, rows, weights, mean_length)
        return Hits(keys[rows], lexical, held / mass, mass * (K1 + 1))


def _tidy(segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
    """Drop what is empty, rewrite what is mostly gone, and merge so that each is over twice the next.

    So n additions cost n log n row copies in all, and there are never more than log n segments.
    """
    kept: list[Segment] = []
    for segment in segments:
        if not segment.living:
            continue
        if segment.living < (1 - _SHARE_GONE) * len(segment.keys):
            segment = merged([segment])
        kept.append(segment)
        while len(kept) > 1 and len(kept[-2].keys) <= 2 * len(kept[-1].keys):
            last, before = kept.pop(), kept.pop()
            kept.append(merged([before, last]))
    return tuple(kept)


def _weights(segments: Sequence[Segment], words: Sequence[str]) -> tuple[dict[int, float], float]:
    """Return the idf of each word of a question by its term, and the mean length of a passage in words.

    Both still count what is marked as gone, until its segment is rewritten.
    """
    rows = sum(len(segment.keys) for segment in segments)
    total = sum(int(segment.postings.lengths.sum()) for segment in segments)
    terms = dict.fromkeys(term_of(word) for word in words)
    weights = {}
    for term in terms:
        places = [segment.postings.having(term) for segment in segments]
        weights[term] = idf(rows, sum(place.stop - place.start for place in places))
    return weights, total / max(rows, 1)


def _telling(weights: dict[int, float], rows: int) -> dict[int, float]:
    """Return the words by which the best of a large index are looked for: not those that one in five holds.

    These would take most of the time and hardly change who is among the best; they count in the scores of
    the candidates. Where the question has no others, all are taken.
    """
    if rows < _LARGE:
        return weights
    common = idf(rows, rows // _COMMON)
    return {term: weight for term, weight in weights.items() if weight > common} or weights


def _scores_of(
    segments: Sequence[Segment], rows: NDArray[np.int64], weights: dict[int, float], mean_length: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    scores, held, first = np.zeros(len(rows), np.float32), np.zeros(len(rows), np.float32), 0
    for segment in segments:
        inside = (rows >= first) & (rows < first + len(segment.keys))
        own = segment.postings.scores_of(rows[inside] - first, weights, mean_length)
        scores[inside], held[inside] = own
        first += len(segment.keys)
    return scores, held


def _best(scores: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Return the rows of the `count` largest scores that are not minus infinity.

    Numpy's selection takes ten times as long where many values are equal, so that it gets few: at least
    `count` values reach what `count` blocks of sixteen reach.
    """
    rows = np.flatnonzero(scores > -np.inf)
    if len(rows) > 16 * _BLOCK * count:
        values = scores[rows]
        tops = values[: len(rows) // _BLOCK * _BLOCK].reshape(-1, _BLOCK).max(axis=1)
        rows = rows[values >= np.partition(tops, len(tops) - count)[len(tops) - count]]
    if len(rows) > count:
        rows = rows[np.argpartition(scores[rows], len(rows) - count)[len(rows) - count :]]
    return rows


def _union(parts: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.unique(np.concatenate(parts)) if parts else np.empty(0, np.int64)


def _joined(parts: Sequence[NDArray[Number]], dtype: type[Number]) -> NDArray[Number]:
    return np.concatenate(parts) if parts else np.empty(0, dtype)
