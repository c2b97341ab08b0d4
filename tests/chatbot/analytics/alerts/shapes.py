"""Hourly series with a known truth: a shop's week with its days and nights, noise, and what goes wrong.

Volumes follow the hour and the weekday, and shares vary from hour to hour more than chance alone would let
them. Each series is the same for the same seed.
"""

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from chatbot.analytics import first_tokens
from chatbot.analytics.alerts.metrics import Metric, Sample
from chatbot.analytics.alerts.series import HOUR

START = datetime(2026, 1, 5)
WEEKS = 13
# Nothing is watched before there are eight weeks to compare with.
WATCHED = START + timedelta(weeks=8)
END = START + timedelta(weeks=WEEKS)

_SHARES = {
    Metric.NEGATIVE: 0.2,
    Metric.HANDED_OVER: 0.12,
    Metric.FAILED: 0.01,
    Metric.UNKNOWN: 0.25,
}
_MILLISECONDS = {Metric.FIRST_TOKEN: 1200, Metric.QUEUED: 400}

# How many times as much there is of something in an hour, and how much worse it is (on the log-odds).
Event = Callable[[datetime], tuple[float, float]]


def nothing(hour: datetime) -> tuple[float, float]:
    return 1.0, 0.0


def during(first: datetime, last: datetime, volume: float, worse: float) -> Event:
    """Return what changes volume and badness between two moments."""
    return lambda hour: (volume, worse) if first <= hour < last else (1.0, 0.0)


def series(
    metric: Metric, seed: int, an_hour: float = 60.0, event: Event = nothing
) -> dict[datetime, Sample]:
    """Return the metric's hours of all weeks; `an_hour` is the volume at noon of a weekday."""
    chance = Random(f"{metric}-{seed}")
    found = {}
    for number in range(WEEKS * 7 * 24):
        hour = START + number * HOUR
        volume, worse = event(hour)
        count = _poisson(chance, an_hour * _busy(hour) * volume)
        season = 0.3 * math.sin(hour.hour / 24 * 2 * math.pi) + (0.3 if hour.weekday() >= 5 else 0.0)
        log_odds = season + chance.gauss(0, 0.15) + worse
        if count:
            found[hour] = _sample(metric, chance, count, log_odds)
    return found


def _busy(hour: datetime) -> float:
    day = 0.15 + math.sin((hour.hour - 7) / 14 * math.pi) if 7 <= hour.hour <= 21 else 0.05
    return day * (0.5 if hour.weekday() >= 5 else 1.0)


def _sample(metric: Metric, chance: Random, count: int, log_odds: float) -> Sample:
    if metric.is_share:
        odds = _SHARES[metric] / (1 - _SHARES[metric]) * math.exp(log_odds)
        return Sample(sum(chance.random() < odds / (1 + odds) for _number in range(count)), count)
    middle = _MILLISECONDS[metric] * math.exp(log_odds)
    times = [middle * math.exp(chance.gauss(0, 0.6)) for _number in range(count)]
    if metric is Metric.QUEUED:
        return Sample(sum(times), count)
    steps: dict[int, float] = {}
    for time in times:
        step = first_tokens.step_of(int(time))
        steps[step] = steps.get(step, 0) + 1
    return Sample(0.0, count, steps)


def _poisson(chance: Random, mean: float) -> int:
    if mean > 100:
        return max(0, round(chance.gauss(mean, math.sqrt(mean))))
    limit, product, count = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        count += 1
    return count
