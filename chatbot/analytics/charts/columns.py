"""Columns: how many of something, beside how many there were before."""

from collections.abc import Callable, Sequence

from django.utils.safestring import SafeString

from chatbot.analytics.charts.frame import NOTHING, framed
from chatbot.analytics.charts.lines import stroke
from chatbot.analytics.charts.markup import element, percent
from chatbot.analytics.charts.points import Point, Series
from chatbot.analytics.charts.scales import scale_for

# The share of its place that a column takes.
_WIDTH = 0.72


def columns(
    name: str,
    points: Sequence[Point],
    series: Series,
    written: Callable[[float], str],
    *,
    before: tuple[Series, Sequence[float | None]] | None = None,
    height: float = 220.0,
) -> SafeString:
    """Return a chart of columns from the first value of each point, and a line of what was before."""
    earlier = before[1] if before else ()
    scale = scale_for([*(point.values[0] for point in points), *earlier], height, whole=True)

    def column(number: int, point: Point) -> SafeString:
        value = point.values[0]
        if not value:
            return NOTHING
        return element(
            "rect",
            x=percent((number + (1 - _WIDTH) / 2) / len(points)),
            width=percent(_WIDTH / len(points)),
            y=scale.y(value),
            height=scale.base - scale.y(value),
            rx=2,
            **series.area(),
        )

    return framed(
        name,
        points,
        scale,
        written,
        drawn=column,
        ahead=stroke(earlier, scale, before[0], is_cased=True) if before else NOTHING,
    )
