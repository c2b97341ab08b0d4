"""What charts are drawn from."""

from dataclasses import dataclass

# These looks have a pattern, defined in templates/analytics/patterns.html, which a page has to include.
PATTERNED = frozenset({"positive", "unsure"})


@dataclass(frozen=True, slots=True)
class Series:
    """One of the things that a chart compares.

    `look` names its colour, stroke and pattern in static/analytics/charts.css.
    """

    name: str
    look: str

    def area(self, kind: str = "column") -> dict[str, str]:
        """Return the attributes of a shape that is filled with this look."""
        if self.look in PATTERNED:
            return {"fill": f"url(#chart-fill-{self.look})", "class_": f"chart-patterned chart-{kind}"}
        return {"class_": f"chart-area chart-{kind} chart-{self.look}"}


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
