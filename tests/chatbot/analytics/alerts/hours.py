"""Hours that were counted on a site, and a worker that looks at them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from accounts.models import Site
from chatbot.analytics.alerts.evaluating import look_at_all
from chatbot.analytics.models import DailyFigures

# A Wednesday at noon.
NOON = datetime(2026, 3, 18, 12, tzinfo=UTC)
MINUTES = timedelta(minutes=5)


def count(site: Site, hour: datetime, **columns: object) -> None:
    """Set what was counted in the hour that begins at `hour`, on a clock of UTC."""
    DailyFigures.objects.update_or_create(
        site=site, dimension="hour", day=hour.date(), value=str(hour.hour), defaults=columns
    )


def usual_weeks(site: Site, around: datetime = NOON, **columns: object) -> None:
    """Count the same in the hours around a moment of each of the eight weeks before."""
    rows = [
        DailyFigures(site=site, dimension="hour", day=hour.date(), value=str(hour.hour), **columns)
        for week in range(1, 9)
        for hour in (around - timedelta(weeks=week, hours=back) for back in range(-6, 6))
    ]
    DailyFigures.objects.bulk_create(rows)


def look(times: int, begin: datetime, before: Callable[[datetime], None] | None = None) -> datetime:
    """Let the worker look so many times, every five minutes, and return the moment after."""
    for number in range(times):
        if before:
            before(begin + number * MINUTES)
        look_at_all(begin + number * MINUTES)
    return begin + times * MINUTES
