"""The figures of a report's week and of the week before, as plain values that a report keeps."""

from datetime import date
from typing import Any

from accounts.models import Site
from chatbot.analytics.definitions import FIGURES
from chatbot.analytics.periods import Period
from chatbot.analytics.reading import by_day, totals
from chatbot.analytics.totals import Totals

DAYS = 7
# In the order of the report, and each day's in its table.
MAIN = (
    *("conversations", "messages", "resolved", "handed_over", "abandoned", "unknown", "failed"),
    *("rating", "first_response", "first_token_p95", "negative", "positive"),
)
DAILY = ("conversations", "resolved", "handed_over", "negative", "neutral", "positive", "unsure")


def gather(site: Site, last: date) -> dict[str, Any]:
    """Return the report's content for the seven days up to `last`: the main figures, and each day.

    Values are in the figures' own units, None where there is nothing to divide by.
    """
    week = Period.ending(last, DAYS)
    before = week.before()
    now, then = totals(site, week), totals(site, before)
    days, earlier = by_day(site, week), by_day(site, before)
    return {
        "figures": [
            {"name": name, "value": FIGURES[name].value(now), "before": FIGURES[name].value(then)}
            for name in MAIN
        ],
        "days": [
            {
                "day": day.isoformat(),
                "before": _value("conversations", that),
                **{name: _value(name, this) for name in DAILY},
            }
            for (day, this), that in zip(days.items(), earlier.values(), strict=True)
        ],
        "is_empty": now.is_empty,
    }


def _value(name: str, counted: Totals) -> float | None:
    return FIGURES[name].value(counted)
