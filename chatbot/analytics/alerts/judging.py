"""Whether a metric is as bad as a rule says: the statistics, without the database.

A rule looks at the newest hours that together hold its smallest sample. A share is above a threshold when the
lower end of its score interval is (Wilson, see `chatbot/prompts/power.py`), so that few messages prove
nothing. It has changed against the same hours of the last weeks when it is above their median by the rule's
smallest change, further than four times the weeks' own spread, and a test of two proportions finds it: of
the shares, or for a percentile of the answers beyond it. A mean has no such test.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median
from typing import Protocol

from chatbot.analytics.alerts.metrics import NOTHING, Metric, Sample, together
from chatbot.analytics.alerts.series import HOUR, Series, hour_of
from chatbot.prompts import power

WEEKS = 8
# Of fewer weeks the median is no baseline.
LEAST_WEEKS = 3
# Looked at every five minutes over weeks, a change that chance alone makes must be rare indeed.
LEVEL = 0.0001
SPREADS = 4.0
# The median absolute deviation of normal values, times this, is their standard deviation: P. J. Rousseeuw,
# C. Croux, "Alternatives to the median absolute deviation", J. Am. Stat. Assoc. 88 (1993), 1273-1283.
_MAD_TO_DEVIATION = 1.4826
# Below this part of the threshold, or of the smallest change, it is good again.
_GOOD_BELOW_THRESHOLD = 0.9
_GOOD_BELOW_CHANGE = 0.5
# A time that is twice as long and still too short to notice is no change, in milliseconds.
_LEAST_SLOWER_MS = 250.0


class Judgement(StrEnum):
    """Bad, good again, neither of the two, or not to be told for want of samples or of earlier weeks."""

    BAD = "bad"
    BETWEEN = "between"
    GOOD = "good"
    UNKNOWN = "unknown"


class Terms(Protocol):
    """What a rule asks; AlertRule says it all. Shares in percent, times in milliseconds."""

    metric: str
    kind: str
    threshold: float
    smallest_change: float
    smallest_sample: int
    hours: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found at a moment: the metric's value, of how many, and what the earlier weeks have."""

    judgement: Judgement
    value: float | None = None
    sample: int = 0
    baseline: float | None = None
    first_hour: datetime | None = None


def judge(terms: Terms, series: Series, moment: datetime, excluded: Collection[datetime] = ()) -> Verdict:
    """Judge the hours before `moment`, a time of the site's clock.

    `series` holds the hour so far as it is now. `excluded` are hours that were not normal: a week that has
    one of them is not compared with.
    """
    metric = Metric(terms.metric)
    hours, sample = _newest(series, hour_of(moment), terms)
    value = sample.value(metric)
    if value is None or sample.count < terms.smallest_sample:
        return Verdict(Judgement.UNKNOWN, value, round(sample.count))
    first, baseline = hours[-1], None
    if terms.kind == "threshold":
        judgement = _against_threshold(terms, metric, value, sample)
    else:
        weeks = _earlier(series, hours, terms, excluded)
        if len(weeks) < LEAST_WEEKS:
            return Verdict(Judgement.UNKNOWN, value, round(sample.count), None, first)
        values = [week.value(metric) or 0.0 for week in weeks]
        baseline = median(values)
        judgement = _against_weeks(terms, metric, value, sample, values, weeks)
    return Verdict(judgement, value, round(sample.count), baseline, first)


def _newest(series: Series, hour: datetime, terms: Terms) -> tuple[list[datetime], Sample]:
    """Return the hours, newest first, that together hold the smallest sample; at most the rule's number."""
    hours: list[datetime] = []
    counted = 0.0
    while len(hours) <= terms.hours and (not hours or counted < terms.smallest_sample):
        hours.append(hour - len(hours) * HOUR)
        counted += series.get(hours[-1], NOTHING).count
    return hours, together(series[each] for each in hours if each in series)


def _earlier(
    series: Series, hours: list[datetime], terms: Terms, excluded: Collection[datetime]
) -> list[Sample]:
    """Return what was counted in the same hours of each earlier week that counts."""
    weeks = []
    for number in range(1, WEEKS + 1):
        same = [hour - timedelta(weeks=number) for hour in hours]
        if any(hour in excluded for hour in same):
            continue
        sample = together(series[hour] for hour in same if hour in series)
        if sample.count >= max(1.0, terms.smallest_sample / 2):
            weeks.append(sample)
    return weeks


def _against_threshold(terms: Terms, metric: Metric, value: float, sample: Sample) -> Judgement:
    if metric.is_share:
        interval = power.share(round(sample.part), round(sample.count))
        is_bad = interval is not None and 100 * interval.low > terms.threshold
    else:
        is_bad = value > terms.threshold
    if is_bad:
        return Judgement.BAD
    return Judgement.GOOD if value < _GOOD_BELOW_THRESHOLD * terms.threshold else Judgement.BETWEEN


def _against_weeks(
    terms: Terms, metric: Metric, value: float, sample: Sample, values: list[float], weeks: list[Sample]
) -> Judgement:
    usual = median(values)
    spread = _MAD_TO_DEVIATION * median(abs(each - usual) for each in values)
    if metric.is_share:
        change = terms.smallest_change
    else:
        change = max(usual * terms.smallest_change / 100, _LEAST_SLOWER_MS)
    excess = value - usual
    is_bad = excess >= change and excess > SPREADS * spread
    if is_bad and metric is not Metric.QUEUED:
        is_bad = _chance(metric, sample, usual, together(weeks)) < LEVEL
    if is_bad:
        return Judgement.BAD
    return Judgement.GOOD if excess < _GOOD_BELOW_CHANGE * change else Judgement.BETWEEN


def _chance(metric: Metric, sample: Sample, usual: float, before: Sample) -> float:
    """Return how likely it is that `sample` is only by chance so far above what is `usual`.

    A percentile is compared by the share of answers that took longer than it usually is.
    """
    if metric.is_share:
        parts = (sample.part, before.count * usual / 100)
    else:
        parts = (sample.slower_than(usual), before.slower_than(usual))
    totals = (round(sample.count), round(before.count))
    return power.p_value((round(parts[0]), round(parts[1])), totals)
