"""When visitors write: by the weekday and the hour."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.translation import gettext as _

from chatbot.analytics.charts.grid import grid
from chatbot.analytics.charts.points import Point
from chatbot.analytics.dashboard.addresses import Links
from chatbot.analytics.dashboard.panels import Panel
from chatbot.analytics.dashboard.tables import Cell, table
from chatbot.analytics.dashboard.writing import hour_name, written
from chatbot.analytics.totals import Totals


def by_weekday_and_hour(hours: Mapping[tuple[date, str], Totals], links: Links) -> Panel:
    """Conversations of each hour of the week, as a grid and as a table."""
    counts: Counter[tuple[int, int]] = Counter()
    for (day, hour), totals in hours.items():
        counts[day.weekday(), int(hour)] += totals.conversations
    title = _("Conversations by weekday and hour")
    # The days of the period alone: a short one may have no Sunday.
    weekdays = sorted({day.weekday() for day in links.period})
    rows = [
        (str(WEEKDAYS_ABBR[weekday]), [_point(weekday, hour, counts, links) for hour in range(24)])
        for weekday in weekdays
    ]
    return Panel(
        name="hours",
        title=title,
        chart=grid(title, rows),
        table=table(
            title,
            [_("Hour"), *(str(WEEKDAYS[weekday]) for weekday in weekdays)],
            [(Cell(hour_name(hour)), _cells(hour, weekdays, counts, links)) for hour in range(24)],
        ),
        note=_("The stronger the colour, the more conversations began in that hour."),
        is_wide=True,
    )


def _point(weekday: int, hour: int, counts: Mapping[tuple[int, int], int], links: Links) -> Point:
    count = counts[weekday, hour]
    name = f"{WEEKDAYS[weekday]}, {hour_name(hour)}"
    return Point(
        f"{hour:02}",
        f"{name}\n{_('Conversations')}: {written(count, 'count')}",
        (count,),
        _address(weekday, hour, count, links),
    )


def _cells(
    hour: int, weekdays: Sequence[int], counts: Mapping[tuple[int, int], int], links: Links
) -> list[Cell]:
    return [
        Cell(written(count, "count"), _address(weekday, hour, count, links))
        for weekday in weekdays
        for count in [counts[weekday, hour]]
    ]


def _address(weekday: int, hour: int, count: int, links: Links) -> str:
    if not count:
        return ""
    return links.behind("conversations", dimension="hour", value=str(hour), weekday=weekday + 1)
