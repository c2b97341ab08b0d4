"""How sure a comparison of two shares can be, and how many conversations it takes.

Nothing here needs more than the normal distribution; the sources stand with each function.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

_NORMAL = NormalDist()
# A difference that is not there is taken for one in 5 of 100 splits; one that is there is missed in 20.
SIGNIFICANCE = 0.05
POWER = 0.8


@dataclass(frozen=True, slots=True)
class Interval:
    """A share or a difference of shares, and between which two it lies with 95 % confidence."""

    value: float
    low: float
    high: float


def share(hits: int, total: int, confidence: float = 1 - SIGNIFICANCE) -> Interval | None:
    """Return hits / total with its score interval, or None where nothing was counted.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the
    American Statistical Association 22 (1927), 209-212. Raises ValueError for hits outside 0 to total.
    """
    if not 0 <= hits <= total:
        raise ValueError("There are more hits than there were tries.")
    if not total:
        return None
    z = _NORMAL.inv_cdf((1 + confidence) / 2)
    rate = hits / total
    middle = (rate + z * z / (2 * total)) / (1 + z * z / total)
    half = z / (1 + z * z / total) * math.sqrt(rate * (1 - rate) / total + z * z / (4 * total * total))
    return Interval(rate, max(0.0, middle - half), min(1.0, middle + half))


def difference(first: Interval, second: Interval) -> Interval:
    """Return second - first of two independent shares, with the interval built from their score intervals.

    Method 10 of R. G. Newcombe, "Interval estimation for the difference between independent proportions",
    Statistics in Medicine 17 (1998), 873-890.
    """
    gap = second.value - first.value
    down = math.hypot(second.value - second.low, first.high - first.value)
    up = math.hypot(second.high - second.value, first.value - first.low)
    return Interval(gap, gap - down, gap + up)


def sample_needed(rate: float, effect: float, ratio: float = 1.0, comparisons: int = 1) -> tuple[int, int]:
    """Return how many conversations the first and the second arm need to show a difference of `effect`.

    For a two-sided test of two proportions without continuity correction, at SIGNIFICANCE (divided by the
    number of `comparisons`, after Bonferroni) and POWER; `rate` is the first arm's share, `ratio` the second
    arm's size over the first's. Of the two directions the one that needs more is taken, within 0 to 1:
    J. L. Fleiss, B. Levin, M. C. Paik, "Statistical Methods for Rates and Proportions", 3rd edition, Wiley
    2003, chapter 4 (sample sizes, unequal ones included). Raises ValueError unless 0 <= rate <= 1, and effect
    and ratio are positive.
    """
    if not 0 <= rate <= 1 or effect <= 0 or ratio <= 0 or comparisons < 1:
        raise ValueError("There is no sample for these shares.")
    others = [other for other in (rate - effect, rate + effect) if 0 <= other <= 1]
    first = max(
        _first_arm(rate, other, ratio, comparisons) for other in others or [1.0 if rate < 0.5 else 0.0]
    )
    return math.ceil(first), math.ceil(first * ratio)


def p_value(hits: tuple[int, int], totals: tuple[int, int]) -> float:
    """Return how likely shares as far apart as these are where there is no difference.

    The two-sided z-test of two proportions with the pooled variance, as in chapter 3 of Fleiss, Levin, Paik.
    1.0 where an arm is empty or nothing varies.
    """
    if not all(totals):
        return 1.0
    pooled = sum(hits) / sum(totals)
    spread = math.sqrt(pooled * (1 - pooled) * (1 / totals[0] + 1 / totals[1]))
    if not spread:
        return 1.0
    z = abs(hits[0] / totals[0] - hits[1] / totals[1]) / spread
    return math.erfc(z / math.sqrt(2))


def _first_arm(rate: float, other: float, ratio: float, comparisons: int) -> float:
    z_alpha = _NORMAL.inv_cdf(1 - SIGNIFICANCE / (2 * comparisons))
    z_beta = _NORMAL.inv_cdf(POWER)
    mean = (rate + ratio * other) / (1 + ratio)
    under_none = z_alpha * math.sqrt((1 + ratio) * mean * (1 - mean))
    under_effect = z_beta * math.sqrt(ratio * rate * (1 - rate) + other * (1 - other))
    return (under_none + under_effect) ** 2 / (ratio * (rate - other) ** 2)
