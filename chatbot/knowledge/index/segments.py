"""A part of an index: rows that are never changed, and a mask of those that are gone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from chatbot.knowledge.index.postings import Postings
from chatbot.knowledge.index.quantised import Quantised


@dataclass(frozen=True, slots=True)
class Segment:
    """Passages by row: keys in rising order, the answers (documents) that they belong to, words and vectors.

    Vectors are by encoder; every segment of an index has the same encoders.
    """

    keys: NDArray[np.int64]
    answers: NDArray[np.int64]
    postings: Postings
    vectors: Mapping[str, Quantised]
    alive: NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        keys: Sequence[int],
        answers: Sequence[int],
        texts: Sequence[Sequence[str]],
        vectors: Mapping[str, NDArray[np.floating]],
    ) -> "Segment":
        """Return a segment of passages with these words and vectors; keys must rise."""
        return cls(
            np.asarray(keys, np.int64),
            np.asarray(answers, np.int64),
            Postings.of(texts),
            {name: Quantised.of(rows) for name, rows in vectors.items()},
            np.ones(len(keys), np.bool_),
        )

    @property
    def living(self) -> int:
        """How many passages are not gone."""
        return int(self.alive.sum())

    @property
    def nbytes(self) -> int:
        """Memory of all arrays, in bytes."""
        arrays = self.keys.nbytes + self.answers.nbytes + self.alive.nbytes
        return arrays + self.postings.nbytes + sum(vectors.nbytes for vectors in self.vectors.values())

    def without(self, gone: NDArray[np.bool_]) -> "Segment":
        """Return the same segment with these rows marked as gone; itself where that changes nothing."""
        if not (gone & self.alive).any():
            return self
        return replace(self, alive=self.alive & ~gone)


def merged(segments: Sequence[Segment]) -> Segment:
    """Return one segment of all that is alive in `segments`, by rising key."""
    masks = [segment.alive for segment in segments]
    together = Segment(
        np.concatenate([segment.keys[segment.alive] for segment in segments]),
        np.concatenate([segment.answers[segment.alive] for segment in segments]),
        Postings.merged([(segment.postings, mask) for segment, mask in zip(segments, masks, strict=True)]),
        {
            name: Quantised.merged([(s.vectors[name], mask) for s, mask in zip(segments, masks, strict=True)])
            for name in segments[0].vectors
        },
        np.ones(sum(segment.living for segment in segments), np.bool_),
    )
    return together
