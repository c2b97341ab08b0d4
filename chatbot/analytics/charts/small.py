"""Charts that stand within a line of text or a cell of a table, beside the number that they show."""

from collections.abc import Sequence
from dataclasses import replace

from django.utils.safestring import SafeString

from chatbot.analytics.charts.lines import stroke
from chatbot.analytics.charts.markup import element, percent
from chatbot.analytics.charts.points import Series
from chatbot.analytics.charts.scales import scale_for


def spark(values: Sequence[float | None], *, height: float = 28.0) -> SafeString:
    """Return a line without axes; nothing where fewer than two values are known."""
    if sum(value is not None for value in values) < 2:
        return SafeString()
    # Below 0 a line would leave its place: the lowest value stands at the lower edge then.
    lowest = min(0.0, *(value for value in values if value is not None))
    shown = [None if value is None else value - lowest for value in values]
    scale = replace(scale_for(shown, height), above=2.0, below=2.0)
    return element(
        "svg",
        stroke(shown, scale, Series("", "spark")),
        class_="chart-spark",
        width="100%",
        height=height,
        aria_hidden="true",
    )


def bar(share: float, look: str = "a") -> SafeString:
    """Return a bar of this share of its cell's width."""
    filled = element("rect", width=percent(share), height=8, rx=2, **Series("", look).area())
    return element("svg", filled, class_="chart-bar", width="100%", height=8, aria_hidden="true")


def swatch(series: Series, *, as_line: bool = False) -> SafeString:
    """Return a sample of a series' look for a legend."""
    look = f"chart-stroke chart-{series.look}"
    drawn = (
        element("line", x1=0, x2=24, y1=7, y2=7, class_=look)
        if as_line
        else element("rect", x=4, width=14, height=14, rx=2, **series.area("part"))
    )
    return element("svg", drawn, width=24, height=14, aria_hidden="true")
