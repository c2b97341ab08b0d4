"""How sure a figure is, and whether two versions differ: the bootstrap, with care for many comparisons.

B. Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics 7 (1979), 1-26: examples
are drawn anew with replacement, and the figure is computed again, DRAWS times. P. Koehn, "Statistical
significance tests for machine translation evaluation", EMNLP 2004 (https://aclanthology.org/W04-3250): for
two versions the same examples are drawn for both. Intervals are percentiles (Efron, Tibshirani, "An
Introduction to the Bootstrap", 1993, chapter 13); those of shares are Wilson's (JASA 22 (1927), 209-212),
which do not shrink to nothing where every example gave the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.training.evaluate.scores import SHARES, score

Numbers = NDArray[np.float64]

DRAWS = 2000
CONFIDENCE = 0.95
# Of fewer examples no bootstrap says anything.
FEWEST = 10
_SEED = 20
# The quantile of the normal distribution that belongs to CONFIDENCE.
_Z = 1.959964
# Counts are drawn in pieces, so that many examples do not fill the memory.
_DRAWN_AT_ONCE = 4_000_000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure of `n` examples; its interval is None where there are too few to know one."""

    value: float
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Difference:
    """By how much the second version's figure is above the first's, on the `n` examples that both saw.

    `p` is the share of draws, on both sides, that contradict the sign; None, as the interval, for too few.
    """

    value: float
    low: float | None
    high: float | None
    p: float | None
    n: int


def estimate(name: str, matrix: Numbers) -> Estimate:
    """Return the figure `name` of what examples gave [examples, columns], with its interval."""
    value = float(score(name, matrix.sum(axis=0, keepdims=True))[0])
    count = counted(matrix)
    if name in SHARES and matrix.shape[1] == 2:
        return Estimate(value, *wilson(matrix[:, 0].sum(), count), count)
    if count < FEWEST:
        return Estimate(value, None, None, count)
    low, high = _percentiles(score(name, _drawn(matrix)))
    return Estimate(value, low, high, count)


def difference(name: str, first: Numbers, second: Numbers) -> Difference:
    """Return how the figure `name` differs; row i of both is of the same example. Raises ValueError."""
    if first.shape != second.shape:
        raise ValueError("The two were not measured on the same examples.")
    count = min(counted(first), counted(second))
    both = np.concatenate([first, second], axis=1)
    width = first.shape[1]
    sums = both.sum(axis=0, keepdims=True)
    value = float(score(name, sums[:, width:])[0] - score(name, sums[:, :width])[0])
    if count < FEWEST:
        return Difference(value, None, None, None, count)
    drawn = _drawn(both)
    gaps = score(name, drawn[:, width:]) - score(name, drawn[:, :width])
    gaps = gaps[np.isfinite(gaps)]
    if not len(gaps):
        return Difference(value, None, None, None, count)
    # One more on each side, so that p is never 0: Davison, Hinkley, "Bootstrap Methods", 1997, section 4.2.
    p = 2 * min((gaps <= 0).sum() + 1, (gaps >= 0).sum() + 1) / (len(gaps) + 1)
    return Difference(value, *_percentiles(gaps), min(1.0, float(p)), count)


def counted(matrix: Numbers) -> int:
    """Return how many examples say something: of an answer that is none, whether it is right says nothing."""
    return int((matrix[:, 1] > 0).sum()) if matrix.shape[1] == 2 else len(matrix)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return each p adjusted for the number of comparisons.

    S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6
    (1979), 65-70: below 0.05 all together are wrong in at most 5 of 100 cases.
    """
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=lambda index: p_values[index])):
        highest = max(highest, min(1.0, p_values[place] * (len(p_values) - rank)))
        adjusted[place] = highest
    return adjusted


def wilson(hits: float, count: int) -> tuple[float | None, float | None]:
    """Return Wilson's interval of a share of `hits` in `count`, None and None of nothing."""
    if not count:
        return None, None
    share, spread = hits / count, _Z**2 / count
    middle = (share + spread / 2) / (1 + spread)
    half = _Z / (1 + spread) * np.sqrt(share * (1 - share) / count + spread / (4 * count))
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def _drawn(matrix: Numbers) -> Numbers:
    """Return the sums [DRAWS, columns] over examples drawn with replacement."""
    count = len(matrix)
    generator = np.random.default_rng(_SEED)
    at_once = max(1, _DRAWN_AT_ONCE // count)
    pieces = []
    for start in range(0, DRAWS, at_once):
        weights = generator.multinomial(count, np.full(count, 1 / count), size=min(at_once, DRAWS - start))
        pieces.append(weights.astype(np.float64) @ matrix)
    return np.concatenate(pieces)


def _percentiles(values: Numbers) -> tuple[float | None, float | None]:
    finite = values[np.isfinite(values)]
    if not len(finite):
        return None, None
    low, high = np.quantile(finite, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)
