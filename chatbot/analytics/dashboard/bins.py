"""Spans of time on the horizontal axis of a chart: hours of one day, days, or weeks of a long period."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from chatbot.analytics.dashboard.addresses import Links
from chatbot.analytics.dashboard.writing import hour_name
from chatbot.analytics.definitions import FIGURES
from chatbot.analytics.periods import Period
from chatbot.analytics.totals import Totals, total

MOST_DAYS_SHOWN = 92


@dataclass(frozen=True, slots=True)
class Bin:
    """A span of time with what was counted in it, and in the same span of the period before."""

    label: str
    name: str
    now: Totals
    before: Totals
    days: Period
    days_before: Period
    hour: int | None = None

    def address(self, links: Links, figure: str, *, before: bool = False) -> str:
        """Return where the conversations behind a figure of this span are listed, or "" for none."""
        if not FIGURES[figure].count(self.before if before else self.now):
            return ""
        days = self.days_before if before else self.days
        if self.hour is None:
            return links.behind(figure, days=days)
        return links.behind(figure, days=days, dimension="hour", value=str(self.hour))


def bins_of_days(period: Period, days: Mapping[date, Totals]) -> list[Bin]:
    """Return a bin for each day of the period, or for each week of one with more than 92 days.

    `days` holds the period and the one before it.
    """
    length = 1 if len(period) <= MOST_DAYS_SHOWN else 7
    return [_span(period, offset, length, days) for offset in range(0, len(period), length)]


def bins_of_hours(period: Period, now: Mapping[str, Totals], before: Mapping[str, Totals]) -> list[Bin]:
    """Return a bin for each hour of a period of one day, with the hours of the day before."""
    return [
        Bin(
            hour_name(hour), hour_name(hour), now[str(hour)], before[str(hour)], period, period.before(), hour
        )
        for hour in range(24)
    ]


def _span(period: Period, offset: int, length: int, days: Mapping[date, Totals]) -> Bin:
    first = period.first + timedelta(days=offset)
    last = min(first + timedelta(days=length - 1), period.last)
    span, back = Period(first, last), timedelta(days=len(period))
    return Bin(
        label=date_format(first, _("j M")),
        name=_named(span),
        now=total(days[day] for day in span),
        before=total(days[day - back] for day in span),
        days=span,
        days_before=Period(first - back, last - back),
    )


def _named(span: Period) -> str:
    first = date_format(span.first, _("D j M Y"))
    if len(span) == 1:
        return first
    return _("%(first)s to %(last)s") % {"first": first, "last": date_format(span.last, _("D j M Y"))}


def kind_of(bins: Sequence[Bin]) -> str:
    """Return what the bins are, for the head of a table's first column."""
    if bins[0].hour is not None:
        return _("Hour")
    return _("Day") if len(bins[0].days) == 1 else _("Week")
