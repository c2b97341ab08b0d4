"""How long answers took to begin, kept as counts of steps, from which percentiles are read.

A step spans all times between 1.1 to the power of its number and 1.1 times as much. Read back as the
geometric middle of its span, a time is wrong by at most 4.9 percent (the square root of 1.1).
"""

from collections.abc import Mapping
from math import ceil, floor, log

STEP = 1.1


def step_of(milliseconds: int) -> int:
    """Return the number of the step of a time; what took less than a millisecond counts as one."""
    return floor(log(max(milliseconds, 1)) / log(STEP))


def percentile(steps: Mapping[int, float], percent: int) -> float | None:
    """Return the time in milliseconds that `percent` of the answers took at most; None without any.

    By nearest rank: with 20 answers the 95th percentile is the 19th fastest.
    """
    rank: float = ceil(sum(steps.values()) * percent / 100)
    for step in sorted(steps):
        rank -= steps[step]
        if steps[step] and rank <= 0:
            return STEP ** (step + 0.5)
    return None
