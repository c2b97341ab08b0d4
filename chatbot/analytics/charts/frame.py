"""What all charts with a horizontal axis share: lines behind, labels, and places to hover and click."""

from collections.abc import Callable, Iterable, Sequence

from django.utils.safestring import SafeString

from chatbot.analytics.charts.markup import element, joined, percent, text, words
from chatbot.analytics.charts.points import Point, Series
from chatbot.analytics.charts.scales import Scale

# So many labels fit below a chart on a wide screen; every second one is left out on a narrow one.
_MOST_LABELS = 8
# So few fit on any screen.
_FEW_LABELS = 3
# Two names one below the other need so many pixels.
_LINE_HEIGHT = 15.0

NOTHING = SafeString()
Drawing = Callable[[int, Point], SafeString]


def framed(
    name: str,
    points: Sequence[Point],
    scale: Scale,
    written: Callable[[float], str],
    *,
    behind: SafeString = NOTHING,
    ahead: SafeString = NOTHING,
    drawn: Drawing,
    names: Iterable[tuple[Series, float]] = (),
) -> SafeString:
    """Return a chart called `name`.

    `written` writes a value of the axis; `behind` and `ahead` are drawn below and above the points, and
    `drawn` gives what belongs to one of them. `names` stand at the right edge, each at a height in pixels.
    """
    grid = joined(
        element("line", x1="0", x2="100%", y1=y, y2=y, class_="chart-base" if value == 0 else "chart-line")
        for value, y in ((value, scale.y(value)) for value in scale.ticks)
    )
    columns = joined(_column(number, point, len(points), scale, drawn) for number, point in enumerate(points))
    plot = element(
        "svg",
        grid,
        behind,
        columns,
        ahead,
        *_labels(points, scale),
        class_="chart-plot",
        role="group",
        aria_label=name,
        height=scale.height,
    )
    axis = joined(
        text(written(value), x=40, y=scale.y(value) + 4, text_anchor="end") for value in scale.ticks
    )
    parts = [
        element("svg", axis, class_="chart-axis", width=44, height=scale.height, aria_hidden="true"),
        plot,
    ]
    placed = _apart(list(names), scale)
    if placed:
        labels = joined(
            text(series.name, x=8, y=y + 4, class_=f"chart-name chart-{series.look}") for series, y in placed
        )
        parts.append(element("svg", labels, class_="chart-names", height=scale.height, aria_hidden="true"))
    return element("div", *parts, class_="chart-frame", data_chart="")


def middle(number: int, count: int) -> float:
    """Return where the point of this number stands, as a share of the width."""
    return (number + 0.5) / count


def _column(number: int, point: Point, count: int, scale: Scale, drawn: Drawing) -> SafeString:
    children = (
        element("title", words(point.words)),
        element(
            "rect",
            x=percent(number / count),
            width=percent(1 / count),
            y=scale.above,
            height=scale.base - scale.above,
            class_="chart-hit",
        ),
        drawn(number, point),
    )
    if point.address:
        return element("a", *children, href=point.address, class_="chart-point", tabindex="-1")
    return element("g", *children, class_="chart-point", tabindex="-1", role="img")


def _labels(points: Sequence[Point], scale: Scale) -> Iterable[SafeString]:
    every = -(-len(points) // _MOST_LABELS)
    for place, number in enumerate(range(0, len(points), every)):
        yield text(
            points[number].label,
            x=percent(middle(number, len(points))),
            y=scale.height - 6,
            text_anchor="middle",
            class_="chart-label chart-minor" if place % 2 and len(points) > _FEW_LABELS else "chart-label",
        )


def _apart(names: list[tuple[Series, float]], scale: Scale) -> list[tuple[Series, float]]:
    """Move names that would cover each other apart, downwards and then back up from the lower edge."""
    placed = sorted(names, key=lambda pair: pair[1])
    heights = [y for _series, y in placed]
    for number in range(1, len(heights)):
        heights[number] = max(heights[number], heights[number - 1] + _LINE_HEIGHT)
    limit = scale.base
    for number in reversed(range(len(heights))):
        heights[number] = min(heights[number], limit)
        limit = heights[number] - _LINE_HEIGHT
    return [(series, y) for (series, _y), y in zip(placed, heights, strict=True)]
