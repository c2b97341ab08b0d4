"""A grid: how much there is of something by two things at once, the darker the more."""

from collections.abc import Sequence

from django.utils.safestring import SafeString

from chatbot.analytics.charts.markup import element, percent, text, words
from chatbot.analytics.charts.points import Point

_ROW = 26.0
_LABELS = 22.0
# From next to nothing to the most, each a colour of its own in the style sheet.
_STEPS = 5


def grid(name: str, rows: Sequence[tuple[str, Sequence[Point]]]) -> SafeString:
    """Return a grid called `name` of rows with a name, whose cells are the first values of their points.

    The labels of the first row's points stand below all.
    """
    most = max((point.values[0] or 0.0 for _name, points in rows for point in points), default=0.0)
    height = _ROW * len(rows) + _LABELS
    cells = [
        _cell(point, place, row, len(points), most)
        for row, (_name, points) in enumerate(rows)
        for place, point in enumerate(points)
    ]
    first = rows[0][1] if rows else ()
    below = [
        text(
            point.label,
            x=percent((place + 0.5) / len(first)),
            y=height - 6,
            text_anchor="middle",
            class_="chart-label" if place % 3 == 0 else "chart-label chart-minor",
        )
        for place, point in enumerate(first)
    ]
    names = [
        text(row_name, x=40, y=_ROW * (row + 0.5) + 4, text_anchor="end")
        for row, (row_name, _points) in enumerate(rows)
    ]
    axis = element("svg", *names, class_="chart-axis", width=44, height=height, aria_hidden="true")
    plot = element("svg", *cells, *below, class_="chart-plot", role="group", aria_label=name, height=height)
    return element("div", axis, plot, class_="chart-frame chart-grid", data_chart="", data_across=len(first))


def _cell(point: Point, place: int, row: int, across: int, most: float) -> SafeString:
    value = point.values[0] or 0.0
    step = 0 if not value else max(1, round(_STEPS * value / most))
    children = (
        element("title", words(point.words)),
        element(
            "rect",
            x=percent(place / across),
            width=percent(1 / across),
            y=_ROW * row,
            height=_ROW,
            class_=f"chart-cell chart-step-{step}",
        ),
        text(
            f"{value:.0f}" if value else "",
            x=percent((place + 0.5) / across),
            y=_ROW * (row + 0.5) + 4,
            text_anchor="middle",
            class_=f"chart-amount chart-on-{step}",
        ),
    )
    if point.address and value:
        return element("a", *children, href=point.address, class_="chart-point", tabindex="-1")
    return element("g", *children, class_="chart-point", tabindex="-1", role="img")
