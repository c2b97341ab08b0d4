"""Whether something is asked more often than before, by more than chance. No Django here."""

from math import exp, lgamma, log, log1p

RECENT_DAYS = 7
EARLIER_DAYS = 28
# Fewer questions of late are no news, whatever the test says.
_FEWEST = 8
_LEAST_FACTOR = 1.5
# Of fifty topics that are asked about so often, one rises by chance in twenty weeks.
_MOST_CHANCE = 0.05 / 50


def rises(recent: int, all_recent: int, earlier: int, all_earlier: int) -> bool:
    """Tell whether a share rose from `earlier` of `all_earlier` questions to `recent` of `all_recent`.

    Given how often it was asked in both spans together, the number of late is binomial while its share stays
    as it was; the test is one-sided (J. Przyborowski and H. Wilenski, Biometrika 31, 1940). A busier site
    alone makes no topic rise, since shares are compared.
    """
    if recent < _FEWEST or not all_recent or not all_earlier:
        return False
    if recent / all_recent < _LEAST_FACTOR * earlier / all_earlier:
        return False
    return at_least(recent, recent + earlier, all_recent / (all_recent + all_earlier)) < _MOST_CHANCE


def at_least(successes: int, trials: int, share: float) -> float:
    """Return the probability of so many successes or more, each with probability `share`, 0 < share < 1."""
    terms = (
        lgamma(trials + 1)
        - lgamma(k + 1)
        - lgamma(trials - k + 1)
        + k * log(share)
        + (trials - k) * log1p(-share)
        for k in range(successes, trials + 1)
    )
    return min(1.0, sum(exp(term) for term in terms))
