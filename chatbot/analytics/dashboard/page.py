"""All that the dashboard shows of a site and a period."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from accounts.models import Site
from chatbot.analytics import reading
from chatbot.analytics.dashboard import panels
from chatbot.analytics.dashboard.addresses import Links
from chatbot.analytics.dashboard.bins import bins_of_days, bins_of_hours
from chatbot.analytics.dashboard.breakdowns import Breakdown, breakdowns
from chatbot.analytics.dashboard.cards import CardGroup, card_groups
from chatbot.analytics.dashboard.hours import by_weekday_and_hour
from chatbot.analytics.dashboard.panels import Panel
from chatbot.analytics.periods import Period, clock_of
from chatbot.analytics.totals import total


@dataclass(frozen=True, slots=True)
class Dashboard:
    """The figures of one site and period; `is_empty` when nothing was counted in it or in the one before."""

    site: Site
    period: Period
    before: Period
    clock: ZoneInfo
    refreshed_at: datetime | None
    is_empty: bool
    groups: list[CardGroup]
    panels: list[Panel]
    breakdowns: list[Breakdown]


def dashboard(site: Site, period: Period, *, may_read: bool) -> Dashboard:
    """Return what the page shows; its numbers are links where the reader `may_read` conversations."""
    before, links = period.before(), Links(site.pk, period, may_read)
    days = reading.by_day(site, Period(before.first, period.last))
    of_period = [days[day] for day in period]
    now, earlier = total(of_period), total(days[day] for day in before)
    hours = reading.by_value(site, period, "hour")
    if len(period) == 1:
        bins = bins_of_hours(period, hours, reading.by_value(site, before, "hour"))
    else:
        bins = bins_of_days(period, days)
    shown = [
        make(bins, links) for make in (panels.volume, panels.outcomes, panels.feelings, panels.first_token)
    ]
    if len(period) > 1:
        shown += [
            by_weekday_and_hour(reading.by_day_and_value(site, period, "hour"), links),
            panels.feelings_by_hour(bins_of_hours(period, hours, hours), links),
        ]
    return Dashboard(
        site=site,
        period=period,
        before=before,
        clock=clock_of(site),
        refreshed_at=reading.refreshed_at(site),
        is_empty=now.is_empty and earlier.is_empty,
        groups=card_groups(now, earlier, [bin_.now for bin_ in bins], links),
        panels=shown,
        breakdowns=breakdowns(site, links),
    )
