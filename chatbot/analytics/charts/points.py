"""What charts are drawn from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Series:
    """One of the things that a chart compares.

    `look` names its colour, stroke and pattern in static/analytics/charts.css.
    """

    name: str
    look: str


@dataclass(frozen=True, slots=True)
class Point:
    """One place on the horizontal axis, with a value for each series; None where there is none.

    `words` are what a reader gets on hover and focus, one thing a line; `address` is what a click opens,
    empty for nothing.
    """

    label: str
    words: str
    values: tuple[float | None, ...]
    address: str = ""
