"""Shares: what a whole is made of, as columns of one height."""

from collections.abc import Callable, Sequence

from django.utils.safestring import SafeString

from chatbot.analytics.charts.frame import framed
from chatbot.analytics.charts.markup import element, joined, percent
from chatbot.analytics.charts.points import Point, Series
from chatbot.analytics.charts.scales import Scale

_WIDTH = 0.8


def shares(
    name: str,
    points: Sequence[Point],
    series: Sequence[Series],
    written: Callable[[float], str],
    *,
    height: float = 220.0,
) -> SafeString:
    """Return a chart of columns, each of the shares that its values are of their sum; none for a sum of 0."""
    scale = Scale(1.0, 0.25, height)

    def column(number: int, point: Point) -> SafeString:
        whole = sum(value or 0.0 for value in point.values)
        drawn, below = [], 0.0
        for one, value in zip(series, point.values, strict=True):
            if not value:
                continue
            drawn.append(
                element(
                    "rect",
                    x=percent((number + (1 - _WIDTH) / 2) / len(points)),
                    width=percent(_WIDTH / len(points)),
                    y=scale.y(below + value / whole),
                    height=scale.y(below) - scale.y(below + value / whole),
                    **one.area("part"),
                )
            )
            below += value / whole
        return joined(drawn)

    return framed(name, points, scale, written, drawn=column)
