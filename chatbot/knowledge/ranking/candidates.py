"""What ranking reads: the passages that may answer a question, with all raw scores of each."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class PassageFacts:
    """A candidate: its key, the answer that it belongs to (its document), and the text that was compared."""

    key: int
    answer: int
    text: str
    is_question: bool = False


@dataclass(frozen=True, slots=True)
class Candidates:
    """The candidates for one question; all arrays are float32 with one row for each of `passages`.

    `vectors` holds cosines by encoder, NaN where a passage has no vector of it; an encoder that was not
    asked is absent. `rows` holds the vectors themselves, of shape (passages, dimension) and length one, NaN
    where there is none. `lexical` is BM25, or None where the question has no words; `lexical_ideal` is what
    it would at most approach for a passage with every word of the question, and `covered` the share of the
    question's words, weighed by rarity, that the passage has.
    """

    query: str
    passages: tuple[PassageFacts, ...]
    vectors: Mapping[str, NDArray[np.float32]]
    lexical: NDArray[np.float32] | None
    covered: NDArray[np.float32] | None = None
    lexical_ideal: float = 0.0
    rows: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)

    def at(self, places: NDArray[np.int64]) -> "Candidates":
        """Return the candidates at these places alone, in this order."""
        return replace(
            self,
            passages=tuple(self.passages[place] for place in places.tolist()),
            vectors={name: values[places] for name, values in self.vectors.items()},
            lexical=None if self.lexical is None else self.lexical[places],
            covered=None if self.covered is None else self.covered[places],
            rows={name: values[places] for name, values in self.rows.items()},
        )
