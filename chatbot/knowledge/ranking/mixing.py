"""One score for each candidate, from all that is known of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chatbot.knowledge.ranking.candidates import Candidates

_VECTOR_SHARE = 0.7


@dataclass(frozen=True, slots=True)
class Ranked:
    """Scores from 0 to 1 for each candidate; `order` has the candidates' places, the best first.

    `lexical` is None where words were not compared.
    """

    order: NDArray[np.int64]
    scores: NDArray[np.float32]
    vector: NDArray[np.float32]
    lexical: NDArray[np.float32] | None
    confidence: float


def rank(candidates: Candidates) -> Ranked:
    """Mix the first encoder's cosines with the words, each spread from 0 to 1 over the candidates."""
    count = len(candidates.passages)
    cosines = next(iter(candidates.vectors.values()), np.full(count, np.nan, np.float32))
    vector = _spread(cosines)
    lexical = None if candidates.lexical is None else _spread(candidates.lexical)
    if np.isnan(cosines).all():
        scores = np.zeros(count, np.float32) if lexical is None else lexical
    elif lexical is None:
        scores = vector
    else:
        scores = (_VECTOR_SHARE * vector + (1 - _VECTOR_SHARE) * lexical).astype(np.float32)
    order = np.argsort(-scores, kind="stable")
    covered = candidates.covered
    best = float(covered[order[0]]) if count and covered is not None else 0.0
    if count and not np.isnan(cosines[order[0]]):
        best = float(np.clip((cosines[order[0]] - 0.75) / 0.2, 0, 1))
    return Ranked(order, scores, np.nan_to_num(cosines).clip(0, 1), lexical, best)


def _spread(values: NDArray[np.float32]) -> NDArray[np.float32]:
    known = values[~np.isnan(values)]
    if not len(known) or known.max() == known.min():
        return np.where(np.isnan(values), 0, 1).astype(np.float32)
    spread = (values - known.min()) / (known.max() - known.min())
    return np.nan_to_num(spread).astype(np.float32)
