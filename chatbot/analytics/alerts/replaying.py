"""What a rule would have done: the same judgement and the same states, over hours that were counted long ago.

The counts of an hour are taken as evenly spread, and the rule looks every five minutes as the worker does.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from chatbot.analytics.alerts.judging import Judgement, Terms, Verdict, judge
from chatbot.analytics.alerts.metrics import Sample
from chatbot.analytics.alerts.series import HOUR, Series, hour_of
from chatbot.analytics.alerts.standing import Standing, Turn, after

EVERY = timedelta(minutes=5)
# What lasts longer than this is the new normal, and earlier weeks may have it.
ABNORMAL_FOR = timedelta(days=7)


class ReplayTerms(Terms):
    """What a rule asks, and how long it must hold."""

    opens_after: int
    closes_after: int


@dataclass(slots=True)
class Fired:
    """An alert that would have been: since when it was bad, when it opened and closed, how bad it was."""

    began_at: datetime
    opened_at: datetime
    verdict: Verdict
    closed_at: datetime | None = None
    worst: float = 0.0


def replay(terms: ReplayTerms, series: Series, first: datetime, last: datetime) -> list[Fired]:
    """Return the alerts that the rule would have opened between two times of the site's clock."""
    fired: list[Fired] = []
    excluded: set[datetime] = set()
    standing, began = Standing(), first
    seen = _Growing(series)
    moment = first
    while moment < last:
        moment += EVERY
        verdict = judge(terms, seen.until(moment), moment - timedelta(microseconds=1), excluded)
        if verdict.judgement is Judgement.BAD and not standing.is_pending:
            began = moment if not standing.is_open else began
        standing, turn = after(standing, verdict.judgement, terms.opens_after, terms.closes_after)
        if turn is Turn.OPENED:
            fired.append(Fired(began, moment, verdict, worst=verdict.value or 0.0))
            excluded |= abnormal_hours(began, moment)
        elif turn is not Turn.NONE:
            fired[-1].closed_at = moment
        elif standing.is_open:
            fired[-1].worst = max(fired[-1].worst, verdict.value or 0.0)
            if moment - fired[-1].began_at <= ABNORMAL_FOR:
                excluded.add(hour_of(moment))
    return fired


def abnormal_hours(began: datetime, until: datetime) -> set[datetime]:
    """Return the hours of an alert that are not compared with: those of its first seven days."""
    hour, last, hours = hour_of(began), min(until, began + ABNORMAL_FOR), set()
    while hour <= last:
        hours.add(hour)
        hour += HOUR
    return hours


class _Growing(dict[datetime, Sample]):
    """A series as it was at a moment: the hour so far holds its part of what the whole hour came to."""

    def __init__(self, series: Series) -> None:
        super().__init__(series)
        self.series = series
        self.hour: datetime | None = None

    def until(self, moment: datetime) -> "_Growing":
        hour = hour_of(moment - timedelta(microseconds=1))
        if self.hour is not None and self.hour in self.series:
            self[self.hour] = self.series[self.hour]
        if hour in self.series:
            self[hour] = self.series[hour].scaled((moment - hour) / HOUR)
        self.hour = hour
        return self
