"""The metric of an alert, hour by hour around the time, beside the same hours of earlier weeks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from chatbot.analytics.alerts import wording
from chatbot.analytics.alerts.judging import WEEKS
from chatbot.analytics.alerts.metrics import NOTHING, Metric
from chatbot.analytics.alerts.series import HOUR, Series, hour_of, read_series
from chatbot.analytics.charts.lines import lines
from chatbot.analytics.charts.points import Point
from chatbot.analytics.charts.points import Series as Line
from chatbot.analytics.dashboard.addresses import conversations_behind
from chatbot.analytics.models import Alert

_BEFORE = timedelta(hours=18)
_AFTER = timedelta(hours=6)
_LONGEST = timedelta(hours=96)


@dataclass(frozen=True, slots=True)
class HourRow:
    """An hour of the chart, as a line of the table below it. `address` opens the conversations behind it."""

    hour: datetime
    value: float | None
    usual: float | None
    sample: int
    is_bad: bool
    shown: str
    shown_usual: str
    address: str


def hours_around(alert: Alert, now: datetime, zone: ZoneInfo, *, may_read: bool) -> list[HourRow]:
    """Return the hours from before the alert began until after it closed, four days at most.

    `may_read` links each to the conversations behind it.
    """
    metric = Metric(alert.rule.metric)
    began, ended = (_on_clock(moment, zone) for moment in (alert.began_at, alert.closed_at or now))
    first = hour_of(began - _BEFORE)
    last = min(hour_of(ended + _AFTER), hour_of(_on_clock(now, zone)), first + _LONGEST)
    earliest = first - timedelta(weeks=WEEKS)
    series = read_series(alert.site, earliest.date(), last.date(), [metric])[metric]
    count = int((last - first) / HOUR) + 1
    rows = []
    for hour in (first + number * HOUR for number in range(count)):
        sample = series.get(hour, NOTHING)
        value, usual = sample.value(metric), _usual(series, hour, metric)
        link = may_read and value is not None
        rows.append(
            HourRow(
                hour=hour,
                value=value,
                usual=usual,
                sample=round(sample.count),
                is_bad=hour_of(began) <= hour <= ended,
                shown=wording.shown(metric, value),
                shown_usual=wording.shown(metric, usual),
                address=_address(alert, metric, hour) if link else "",
            )
        )
    return rows


def chart(alert: Alert, rows: list[HourRow]) -> SafeString:
    """Return the chart of the hours: the metric, and what is usual at that hour."""
    metric = Metric(alert.rule.metric)
    name, usual = metric.label, _("Earlier weeks")
    points = [
        Point(
            label=date_format(row.hour, "G:i"),
            words="\n".join(
                [
                    date_format(row.hour, "SHORT_DATETIME_FORMAT"),
                    f"{name}: {row.shown} ({row.sample})",
                    f"{usual}: {row.shown_usual}",
                ]
            ),
            values=(row.value, row.usual),
            address=row.address,
        )
        for row in rows
    ]
    return lines(str(name), points, [Line(str(name), "a"), Line(usual, "before")], _writer(metric))


def _writer(metric: Metric) -> Callable[[float], str]:
    return lambda value: wording.shown(metric, value)


def _usual(series: Series, hour: datetime, metric: Metric) -> float | None:
    same = (series.get(hour - timedelta(weeks=number), NOTHING) for number in range(1, WEEKS + 1))
    values = [value for sample in same if (value := sample.value(metric)) is not None]
    return median(values) if values else None


def _on_clock(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def _address(alert: Alert, metric: Metric, hour: datetime) -> str:
    day = hour.date()
    return conversations_behind(alert.site_id, metric.value, day, day, dimension="hour", value=str(hour.hour))
