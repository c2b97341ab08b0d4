"""Measured figures beside each other: a dot for each, and a bar for how sure it is."""

from collections.abc import Callable, Sequence

from django.utils.safestring import SafeString

from chatbot.analytics.charts.frame import framed, middle
from chatbot.analytics.charts.markup import element, percent
from chatbot.analytics.charts.points import Point, Series
from chatbot.analytics.charts.scales import Scale, scale_for

_FIGURE = Series("", "a")
# Half the width of the short lines at both ends of a bar, as a share of a place.
_CAP = 0.06


def intervals(
    name: str, points: Sequence[Point], written: Callable[[float], str], *, height: float = 180.0
) -> SafeString:
    """Return a chart of points whose values are a figure and the two ends of its interval, or None."""
    scale = scale_for((value for point in points for value in point.values), height)

    def drawn(number: int, point: Point) -> SafeString:
        value, low, high = point.values
        dot = _dot(number, len(points), value, scale)
        return SafeString(_bar(number, len(points), low, high, scale) + dot)

    return framed(name, points, scale, written, drawn=drawn)


def _dot(number: int, count: int, value: float | None, scale: Scale) -> SafeString:
    if value is None:
        return SafeString()
    x, look = percent(middle(number, count)), f"chart-dot chart-{_FIGURE.look}"
    return element("circle", cx=x, cy=scale.y(value), r=5, class_=look)


def _bar(number: int, count: int, low: float | None, high: float | None, scale: Scale) -> SafeString:
    if low is None or high is None:
        return SafeString()
    at, look = middle(number, count), f"chart-stroke chart-{_FIGURE.look}"
    upright = element("line", x1=percent(at), x2=percent(at), y1=scale.y(low), y2=scale.y(high), class_=look)
    half = _CAP / count
    caps = [
        element("line", x1=percent(at - half), x2=percent(at + half), y1=y, y2=y, class_=look)
        for y in (scale.y(low), scale.y(high))
    ]
    return SafeString("".join([upright, *caps]))
