"""Lines: how several things went over time."""

from collections.abc import Callable, Iterator, Sequence

from django.utils.safestring import SafeString

from chatbot.analytics.charts.frame import framed, middle
from chatbot.analytics.charts.markup import element, joined, percent
from chatbot.analytics.charts.points import Point, Series
from chatbot.analytics.charts.scales import Scale, scale_for

# Above so many points their dots would cover the line; they show on hover and focus alone.
_MOST_DOTS = 45
_UNITS = 1000.0


def lines(
    name: str,
    points: Sequence[Point],
    series: Sequence[Series],
    written: Callable[[float], str],
    *,
    whole: bool = False,
    height: float = 220.0,
) -> SafeString:
    """Return a chart with a line for each series, which bears its name at its right end."""
    scale = scale_for((value for point in points for value in point.values), height, whole=whole)
    strokes = joined(
        stroke([point.values[place] for point in points], scale, one) for place, one in enumerate(series)
    )
    hidden = "" if len(points) <= _MOST_DOTS else " chart-quiet-dot"

    def dots(number: int, point: Point) -> SafeString:
        return joined(
            element(
                "circle",
                cx=percent(middle(number, len(points))),
                cy=scale.y(value),
                r=3.5,
                # Nothing on either side: the dot is all there is to see.
                class_=f"chart-dot chart-{one.look}" + ("" if _is_alone(points, number, place) else hidden),
            )
            for place, (one, value) in enumerate(zip(series, point.values, strict=True))
            if value is not None
        )

    ends = [
        (one, scale.y(last)) for place, one in enumerate(series) if (last := _last(points, place)) is not None
    ]
    return framed(name, points, scale, written, behind=strokes, drawn=dots, names=ends)


def stroke(
    values: Sequence[float | None], scale: Scale, series: Series, *, is_cased: bool = False
) -> SafeString:
    """Return the line through the values, with a gap where there is none.

    A cased one has an edge of the paper's colour, and so stands out from what it runs over.
    """
    looks = [f"chart-stroke chart-{series.look}"]
    if is_cased:
        looks.insert(0, "chart-stroke chart-case")
    pieces = joined(
        element(
            "polyline",
            points=" ".join(f"{x:.1f},{scale.y(value):.1f}" for x, value in piece),
            vector_effect="non-scaling-stroke",
            class_=look,
        )
        for piece in _pieces(values)
        for look in looks
    )
    # Stretched to the width of the plot; the strokes keep their width.
    return element(
        "svg",
        pieces,
        viewBox=f"0 0 {_UNITS:.0f} {scale.height:.0f}",
        preserveAspectRatio="none",
        width="100%",
        height=scale.height,
    )


def _pieces(values: Sequence[float | None]) -> Iterator[list[tuple[float, float]]]:
    piece: list[tuple[float, float]] = []
    for number, value in enumerate([*values, None]):
        if value is not None:
            piece.append((middle(number, len(values)) * _UNITS, value))
        elif piece:
            yield piece
            piece = []


def _is_alone(points: Sequence[Point], number: int, place: int) -> bool:
    beside = points[max(number - 1, 0) : number] + points[number + 1 : number + 2]  # type: ignore[operator]
    return all(point.values[place] is None for point in beside)


def _last(points: Sequence[Point], place: int) -> float | None:
    return next((value for point in reversed(points) if (value := point.values[place]) is not None), None)
