"""Which rows hold a word, how often, and what BM25 makes of it.

BM25 as in Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), with the
inverse document frequency that is never negative, ln(1 + (N - n + 0.5) / (n + 0.5)).
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

K1 = 1.2
B = 0.75


def term_of(word: str) -> int:
    """Return the number of a word, the same in one process: 64 bits, so that no table of words is kept."""
    return hash(word)


def idf(rows: int, having: int) -> float:
    """Return the weight of a word that `having` of `rows` rows hold."""
    return math.log1p((rows - having + 0.5) / (having + 0.5))


@dataclass(frozen=True, slots=True)
class Postings:
    """The words of rows 0 to n - 1: sorted terms, and for each the rows that hold it in rising order."""

    terms: NDArray[np.int64]
    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    counts: NDArray[np.uint8]
    lengths: NDArray[np.uint32]

    @classmethod
    def of(cls, texts: Sequence[Sequence[str]]) -> "Postings":
        """Return the postings of texts, each given as its words; its row is its place."""
        bags = [Counter(text) for text in texts]
        sizes = np.fromiter(map(len, bags), np.int64, len(bags))
        total = int(sizes.sum())
        terms = np.fromiter((term_of(word) for bag in bags for word in bag), np.int64, total)
        counts = np.fromiter((min(count, 255) for bag in bags for count in bag.values()), np.uint8, total)
        rows = np.repeat(np.arange(len(bags), dtype=np.int32), sizes)
        lengths = np.fromiter(map(len, texts), np.uint32, len(texts))
        return cls._sorted(terms, rows, counts, lengths)

    @classmethod
    def merged(cls, parts: Sequence[tuple["Postings", NDArray[np.bool_]]]) -> "Postings":
        """Return one for all rows of the parts, one part after the other, that their masks keep."""
        terms, rows, counts, lengths, offset = [], [], [], [], 0
        for postings, kept in parts:
            entries = kept[postings.rows]
            moved = np.cumsum(kept, dtype=np.int32) - 1 + offset
            terms.append(np.repeat(postings.terms, np.diff(postings.starts))[entries])
            rows.append(moved[postings.rows[entries]])
            counts.append(postings.counts[entries])
            lengths.append(postings.lengths[kept])
            offset += int(kept.sum())
        return cls._sorted(
            np.concatenate(terms), np.concatenate(rows), np.concatenate(counts), np.concatenate(lengths)
        )

    @classmethod
    def _sorted(
        cls,
        terms: NDArray[np.int64],
        rows: NDArray[np.int32],
        counts: NDArray[np.uint8],
        lengths: NDArray[np.uint32],
    ) -> "Postings":
        order = np.argsort(terms, kind="stable")
        terms = terms[order]
        first = np.flatnonzero(np.r_[True, terms[1:] != terms[:-1]]) if len(terms) else np.empty(0, np.int64)
        return cls(terms[first], np.r_[first, len(terms)], rows[order], counts[order], lengths)

    @property
    def nbytes(self) -> int:
        """Memory of all arrays, in bytes."""
        arrays = (self.terms, self.starts, self.rows, self.counts, self.lengths)
        return sum(array.nbytes for array in arrays)

    def having(self, term: int) -> slice:
        """Return where in `rows` and `counts` the rows with this term are; an empty slice for none."""
        place = int(np.searchsorted(self.terms, term))
        if place == len(self.terms) or self.terms[place] != term:
            return slice(0, 0)
        return slice(int(self.starts[place]), int(self.starts[place + 1]))

    def scores(self, weights: dict[int, float], mean_length: float) -> NDArray[np.float32]:
        """Return BM25 of every row for terms with these weights (their idf)."""
        scores = np.zeros(len(self.lengths), np.float32)
        norms = (K1 * (1 - B + B * self.lengths / max(mean_length, 1e-9))).astype(np.float32)
        for term, weight in weights.items():
            having = self.having(term)
            rows, counts = self.rows[having], self.counts[having].astype(np.float32)
            scores[rows] += np.float32(weight * (K1 + 1)) * counts / (counts + norms[rows])
        return scores

    def scores_of(
        self, rows: NDArray[np.int64], weights: dict[int, float], mean_length: float
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return BM25 of the given rows alone, and the sum of the weights of the terms that each holds."""
        scores, sums = np.zeros(len(rows), np.float32), np.zeros(len(rows), np.float32)
        norms = (K1 * (1 - B + B * self.lengths[rows] / max(mean_length, 1e-9))).astype(np.float32)
        for term, weight in weights.items():
            having = self.having(term)
            holders = self.rows[having]
            if len(holders):
                places = np.minimum(np.searchsorted(holders, rows), len(holders) - 1)
                held = holders[places] == rows
                counts = self.counts[having][places[held]].astype(np.float32)
                scores[held] += np.float32(weight * (K1 + 1)) * counts / (counts + norms[held])
                sums[held] += np.float32(weight)
        return scores, sums
