"""Daily rows in a form that tests compare."""

from typing import Any

from accounts.models import Site
from chatbot.analytics.models import DailyFigures

Rows = dict[tuple[str, str, str], dict[str, Any]]


def rows_of(site: Site) -> Rows:
    """Return what is counted, by day, dimension and value, without zeros."""
    return {
        (str(row["day"]), row["dimension"], row["value"]): {
            name: count
            for name, count in row.items()
            if count and name not in ("id", "site_id", "day", "dimension", "value")
        }
        for row in DailyFigures.objects.filter(site=site).values()
    }
