"""Topics as tables, and a topic's days as a chart."""

from collections.abc import Sequence
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from chatbot.analytics.charts.columns import columns
from chatbot.analytics.charts.points import Point, Series
from chatbot.analytics.charts.small import spark
from chatbot.analytics.dashboard.panels import Panel
from chatbot.analytics.dashboard.tables import Cell, table
from chatbot.analytics.dashboard.writing import written
from chatbot.analytics.models import Topic
from chatbot.analytics.periods import Period
from chatbot.analytics.topics.reading import TopicRow


def topics_table(caption: str, rows: Sequence[TopicRow], period: Period) -> SafeString:
    """Return the topics with their numbers; name and number lead to the questions behind them."""
    heads = [_("Topic"), _("Questions"), _("Share"), _("By day"), _("Rising")]
    return table(caption, heads, [_row(row, period) for row in rows])


def topic_address(topic: Topic, period: Period) -> str:
    """Return the address of the topic's page for the days of `period`."""
    days = {"first": period.first, "last": period.last}
    return f"{reverse('analytics:topic', args=[topic.pk])}?{urlencode(days)}"


def days_panel(topic: Topic, days: Sequence[tuple[date, int]]) -> Panel:
    """Return the chart of how often the topic was asked about, with its table."""
    title = _("Questions by day")
    points = [
        Point(
            date_format(day, _("j M")),
            f"{date_format(day, _('D j M Y'))}\n{title}: {count}",
            (count,),
            topic_address(topic, Period(day, day)) if count else "",
        )
        for day, count in days
    ]
    rows = [
        (
            Cell(date_format(day, _("D j M Y"))),
            [Cell(_count(count), topic_address(topic, Period(day, day)) if count else "")],
        )
        for day, count in reversed(days)
    ]
    return Panel(
        name="topic-days",
        title=title,
        chart=columns(title, points, Series(title, "a"), _count, height=160.0),
        table=table(title, [_("Day"), _("Questions")], rows),
        is_wide=True,
    )


def _row(row: TopicRow, period: Period) -> tuple[Cell, list[Cell]]:
    address = topic_address(row.topic, period)
    return Cell(row.topic.name, address), [
        Cell(_count(row.count), address),
        Cell(written(row.share, "share")),
        Cell("", drawing=spark(row.by_day)),
        Cell("↗ " + _("Rising") if row.rises else "–"),
    ]


def _count(value: float) -> str:
    return written(value, "count")
