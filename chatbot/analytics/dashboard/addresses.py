"""Addresses of the analytics' pages, each with all that it shows in its query."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse

from chatbot.analytics.periods import Period


def conversations_behind(
    site_id: int,
    figure: str,
    first: date,
    last: date,
    *,
    dimension: str = "all",
    value: str = "",
    weekday: int | None = None,
) -> str:
    """Return the address of the list of conversations behind a figure of these days, both included.

    `weekday`, Monday 1 to Sunday 7, leaves conversations of that day alone.
    """
    # A page has thousands of these, so one day is named once.
    days = {"day": str(first)} if first == last else {"first": str(first), "last": str(last)}
    query: dict[str, str | int] = {"site": site_id, "figure": figure, **days}
    if dimension != "all":
        query |= {"dimension": dimension, "value": value}
    if weekday is not None:
        query["weekday"] = weekday
    return f"{reverse('analytics:conversations')}?{urlencode(query)}"


@dataclass(frozen=True, slots=True)
class Links:
    """What the numbers of one page lead to: nowhere, for whoever may not read the site's conversations."""

    site_id: int
    period: Period
    may_read: bool

    def behind(
        self,
        figure: str,
        *,
        days: Period | None = None,
        dimension: str = "all",
        value: str = "",
        weekday: int | None = None,
    ) -> str:
        """Return the address behind a figure, of all days of the page unless `days` says which; or ""."""
        if not self.may_read:
            return ""
        of = days or self.period
        return conversations_behind(
            self.site_id,
            figure,
            of.first,
            of.last,
            dimension=dimension,
            value=value,
            weekday=weekday,
        )
