"""The figures of a key's site over REST."""

import datetime as dt
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from accounts.models import ApiKey, Site
from chatbot.analytics import reading
from chatbot.analytics.definitions import FIGURES, value
from chatbot.analytics.figure import Better, Unit
from chatbot.analytics.models import DailyFigures
from chatbot.analytics.periods import Period, clock_of, today
from chatbot.analytics.totals import Totals
from chatbot.api_keys import KeyBearer, key_of
from chatbot.api_problems import PROBLEMS, ApiProblem

router = Router(tags=["analytics"])
reads = KeyBearer(ApiKey.Scope.READ_ANALYTICS)

MOST_DAYS = 366
_USUAL_DAYS = 30

First = Annotated[dt.date | None, Query(description="29 days before `last` unless given")]
Last = Annotated[dt.date | None, Query(description="today unless given")]


class DayOut(Schema):
    date: dt.date
    conversations: int
    ended: int
    resolved: int
    resolved_week_ago: int
    still_resolved: int
    handed_over: int
    abandoned: int
    ratings: int
    rating: float | None
    first_response_seconds: float | None
    resolution_seconds: float | None
    messages: int
    answers: int
    failed: int
    unknown: int
    helpful: int
    not_helpful: int
    negative: int
    neutral: int
    positive: int
    unsure: int
    corrected: int
    first_token_p50_ms: int | None
    first_token_p95_ms: int | None
    queue_wait_ms: float | None


class Days(Schema):
    time_zone: str
    counted_until: Annotated[
        dt.datetime | None, Field(description="changes after this moment are not in the figures yet")
    ]
    days: list[DayOut]


class FigureOut(Schema):
    name: str
    unit: Unit
    better: Annotated[Better, Field(description="the direction that is good news; empty for neither")]
    value: Annotated[float | None, Field(description="null where there is nothing to divide by")]
    before: Annotated[float | None, Field(description="the value in the period before")]
    count: Annotated[int, Field(description="how many conversations or messages are behind the value")]
    of: Annotated[int | None, Field(description="of how many a share or a mean is")]


class ValueOut(Schema):
    value: str
    name: Annotated[str | None, Field(description="null for what is gone, as a label that was deleted")]
    figures: list[FigureOut]


class PeriodOut(Schema):
    first: dt.date
    last: dt.date


class Figures(Schema):
    time_zone: str
    counted_until: dt.datetime | None
    period: PeriodOut
    before: PeriodOut
    dimension: DailyFigures.Dimension
    values: list[ValueOut]


@router.get("/analytics/days", response={200: Days, **PROBLEMS}, auth=reads)
def list_days(request: HttpRequest, first: First = None, last: Last = None) -> dict[str, Any]:
    """Return what was counted on each day from `first` to `last`, at most 366, of the site's own clock."""
    site = key_of(request).site
    days = reading.by_day(site, _period(site, first, last))
    return {**_head(site), "days": [_day(day, totals) for day, totals in days.items()]}


@router.get("/analytics/figures", response={200: Figures, **PROBLEMS}, auth=reads)
def list_figures(
    request: HttpRequest,
    first: First = None,
    last: Last = None,
    dimension: DailyFigures.Dimension = DailyFigures.Dimension.ALL,
) -> dict[str, Any]:
    """Return every figure over the days from `first` to `last`, beside the period of as many days before.

    With a `dimension`, for each of its values that something was counted for.
    """
    site = key_of(request).site
    period = _period(site, first, last)
    now, before = (reading.by_value(site, days, dimension) for days in (period, period.before()))
    if dimension == DailyFigures.Dimension.ALL:
        now.setdefault("", Totals())
    names = reading.value_names(site, dimension, now)
    return {
        **_head(site),
        "period": {"first": period.first, "last": period.last},
        "before": {"first": period.before().first, "last": period.before().last},
        "dimension": dimension,
        "values": [
            {"value": key, "name": names.get(key), "figures": _figures(totals, before.get(key, Totals()))}
            for key, totals in now.items()
        ],
    }


def _period(site: Site, first: dt.date | None, last: dt.date | None) -> Period:
    """Return the days asked for; raises ApiProblem for more of them than may be, and for none."""
    last = last or today(site)
    # The first and the last year of the calendar have no day before or after them in every time zone.
    if not 1970 <= last.year <= 9000:
        raise ApiProblem(422, "invalid", "The days must lie between the years 1970 and 9000.")
    first = first or last - dt.timedelta(days=_USUAL_DAYS - 1)
    if not 0 <= (last - first).days < MOST_DAYS:
        raise ApiProblem(422, "invalid", f"Ask for 1 to {MOST_DAYS} days, the first one first.")
    return Period(first, last)


def _head(site: Site) -> dict[str, Any]:
    return {"time_zone": clock_of(site).key, "counted_until": reading.refreshed_at(site)}


def _day(day: dt.date, totals: Totals) -> dict[str, Any]:
    return {
        **vars(totals),
        "date": day,
        "helpful": totals.thumbs_up,
        "not_helpful": totals.thumbs_down,
        "rating": value("rating", totals),
        "first_response_seconds": value("first_response", totals),
        "resolution_seconds": value("resolution", totals),
        "first_token_p50_ms": _whole(value("first_token_p50", totals)),
        "first_token_p95_ms": _whole(value("first_token_p95", totals)),
        "queue_wait_ms": value("queue_wait", totals),
    }


def _whole(milliseconds: float | None) -> int | None:
    return None if milliseconds is None else round(milliseconds)


def _figures(totals: Totals, before: Totals) -> list[dict[str, Any]]:
    return [
        {
            "name": figure.name,
            "unit": figure.unit,
            "better": figure.better,
            "value": figure.value(totals),
            "before": figure.value(before),
            "count": figure.count(totals),
            "of": figure.base(totals),
        }
        for figure in FIGURES.values()
    ]
