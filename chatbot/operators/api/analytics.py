"""Figures of the key's site."""

import datetime as dt
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema

from accounts.models import ApiKey
from chatbot.api_keys import KeyBearer, key_of
from chatbot.api_problems import PROBLEMS, ApiProblem
from chatbot.conversations.daily_figures import figures_of

router = Router(tags=["analytics"])
reads = KeyBearer(ApiKey.Scope.READ_ANALYTICS)

MOST_DAYS = 366


class DayOut(Schema):
    date: dt.date
    conversations: int
    messages: int
    answers: int
    failed: int
    helpful: int
    not_helpful: int
    first_token_p50_ms: int | None
    first_token_p95_ms: int | None


class Days(Schema):
    time_zone: str
    days: list[DayOut]


@router.get("/analytics/days", response={200: Days, **PROBLEMS}, auth=reads)
def list_days(
    request: HttpRequest,
    first: Annotated[dt.date | None, Query(description="29 days before `last` unless given")] = None,
    last: Annotated[dt.date | None, Query(description="today unless given")] = None,
) -> dict[str, Any]:
    """Count each day from `first` to `last`, at most 366 of them, in the installation's time zone."""
    last = last or timezone.localdate()
    # The first and the last year of the calendar have no day before or after them in every time zone.
    if not 1970 <= last.year <= 9000:
        raise ApiProblem(422, "invalid", "The days must lie between the years 1970 and 9000.")
    first = first or last - dt.timedelta(days=29)
    if not 0 <= (last - first).days < MOST_DAYS:
        raise ApiProblem(422, "invalid", f"Ask for 1 to {MOST_DAYS} days, the first one first.")
    return {
        "time_zone": timezone.get_current_timezone_name(),
        "days": figures_of(key_of(request).site, first, last),
    }
