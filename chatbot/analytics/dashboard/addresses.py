"""Addresses of the analytics' pages, each with all that it shows in its query."""

from dataclasses import dataclass, field
from datetime import date
from urllib.parse import quote

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
    query = _query(site_id, figure, first, last, dimension, value, weekday)
    return f"{reverse('analytics:conversations')}?{query}"


def _query(
    site_id: int, figure: str, first: date, last: date, dimension: str, value: str, weekday: int | None
) -> str:
    """Return the query of such an address, in which one day is named once: a page has thousands of them."""
    days = f"day={first}" if first == last else f"first={first}&last={last}"
    query = f"site={site_id}&figure={figure}&{days}"
    if dimension != "all":
        query += f"&dimension={dimension}&value={quote(value, safe='')}"
    return query if weekday is None else f"{query}&weekday={weekday}"


@dataclass(frozen=True, slots=True)
class Links:
    """What the numbers of one page lead to: nowhere, for whoever may not read the site's conversations."""

    site_id: int
    period: Period
    may_read: bool
    path: str = field(default_factory=lambda: reverse("analytics:conversations"))

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
        query = _query(self.site_id, figure, of.first, of.last, dimension, value, weekday)
        return f"{self.path}?{query}"
