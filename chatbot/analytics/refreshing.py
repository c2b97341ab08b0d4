"""Keeps the daily figures in step with what happens.

Every minute the worker looks for what changed since it last looked, marks the days concerned, and counts
marked days again, each as a whole. So late data correct what was counted before, and nothing is added to a
figure that could be added twice. Any number of workers may do so at once.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from time import monotonic
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from accounts.models import Site
from chatbot.analytics.changes import all_days, as_of, days_changed, days_passed
from chatbot.analytics.counting import figures_of_day
from chatbot.analytics.models import CountedSite, DailyFigures
from chatbot.analytics.periods import clock_of
from chatbot.conversations.models import HandoffSettings, StaleDay

# A transaction may commit this much later than the moment that it wrote, and the trace of an answer that a
# person cut off comes this much later than the answer's end.
_LATE = timedelta(minutes=10)
# So long one run counts at most; what is left is counted by the next.
_SECONDS = 25.0

Progress = Callable[[int, int], None]


def refresh(now: datetime | None = None) -> int:
    """Count again what changed, on all sites; return how many days were counted.

    The newest days come first. A site that was never counted, or whose clock is another one now, is counted
    as a whole, in as many runs as it takes.
    """
    until = monotonic() + _SECONDS
    for site in Site.objects.all():
        _find_changes(site, now or timezone.now())
    counted = 0
    for site_id, day in list(StaleDay.objects.order_by("-day", "site").values_list("site_id", "day")):
        if monotonic() > until:
            break
        counted += _count(site_id, day, now)
    return counted


def recount(
    site: Site, first: date | None = None, last: date | None = None, progress: Progress | None = None
) -> int:
    """Count the site's days from `first` to `last` anew, all of them unless given; return how many.

    After each day `progress` is told how many are done, and of how many.
    """
    now, zone = timezone.now(), clock_of(site)
    waiting = StaleDay.objects.filter(site=site).values_list("day", flat=True)
    found = all_days(site, zone).union(waiting)
    days = sorted(day for day in found if (first or day) <= day <= (last or day))
    if first is None and last is None:
        _mark(site, days, zone, now)
    else:
        StaleDay.objects.mark(site.pk, days)
    for number, day in enumerate(days, 1):
        _count(site.pk, day)
        if progress is not None:
            progress(number, len(days))
    return len(days)


def _find_changes(site: Site, now: datetime) -> None:
    """Mark the days of the site that are to be counted again."""
    zone = clock_of(site)
    counted = CountedSite.objects.filter(site=site).first()
    if counted is None or counted.time_zone != zone.key:
        days = all_days(site, zone)
    else:
        days = days_changed(site, zone, counted.changes_until - _LATE)
        if as_of(counted.changes_until) < as_of(now):
            days |= days_passed(site, zone, as_of(counted.changes_until), as_of(now))
    _mark(site, days, zone, now)


@transaction.atomic
def _mark(site: Site, days: Iterable[date], zone: ZoneInfo, now: datetime) -> None:
    StaleDay.objects.mark(site.pk, days)
    CountedSite.objects.update_or_create(site=site, defaults={"time_zone": zone.key, "changes_until": now})


def _count(site_id: int, day: date, now: datetime | None = None) -> bool:
    """Count a marked day; return False when somebody else has done so meanwhile.

    The clock and the time are looked at after the mark, which may have been made because of them.
    """
    marked = StaleDay.objects.filter(site=site_id, day=day)
    token = marked.values_list("token", flat=True).first()
    if token is None:
        return False
    # Before the transaction: counting takes longer than anybody who writes should wait.
    zone = HandoffSettings.objects.clock_of(site_id)
    rows = figures_of_day(site_id, day, zone, as_of(now or timezone.now()))
    with transaction.atomic():
        if not list(marked.select_for_update()):
            # Counted by another worker, and perhaps later than here.
            return False
        DailyFigures.objects.filter(site=site_id, day=day).delete()
        DailyFigures.objects.bulk_create(rows, batch_size=200)
        # A day that was marked again meanwhile keeps its mark, and is counted again.
        marked.filter(token=token).delete()
    return True
