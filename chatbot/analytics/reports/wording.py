"""A report's content as people read it: labels and values in the language that is active."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from chatbot.analytics.definitions import FIGURES
from chatbot.analytics.figure import Better, Unit

_MINUTE, _HOUR, _SECOND_MS = 60, 3600, 1000


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A main figure: its value, that of the week before, the change, and whether that is good news.

    `news` is "good", "bad" or empty.
    """

    label: str
    value: str
    before: str
    change: str
    news: str


@dataclass(frozen=True, slots=True)
class DayRow:
    """A line of the table below the pictures."""

    day: str
    cells: tuple[str, ...]


def figure_rows(content: dict[str, Any]) -> list[FigureRow]:
    """Return the main figures; one that is no longer defined is left out."""
    return [_figure_row(row) for row in content.get("figures", ()) if row["name"] in FIGURES]


def day_rows(content: dict[str, Any]) -> list[DayRow]:
    """Return the days, with the numbers that the pictures show."""
    rows = []
    for day in content.get("days", ()):
        cells = (
            *(_written(day[name], Unit.COUNT) for name in ("conversations", "before")),
            *(_written(day[name], Unit.SHARE) for name in ("resolved", "handed_over")),
            *(_written(day[name], Unit.SHARE) for name in ("negative", "neutral", "positive", "unsure")),
        )
        rows.append(DayRow(date_format(date.fromisoformat(day["day"]), _("D, M j")), cells))
    return rows


def picture_texts() -> dict[str, tuple[str, str]]:
    """Return by name what each picture is called, and what of it is which."""
    return {
        "conversations": (
            _("Conversations a day"),
            _("Columns: this week. Line: the same days of the week before."),
        ),
        "outcomes": (
            _("What became of them"),
            _("Circles: resolved by the assistant. Squares: handed over to people."),
        ),
        "sentiment": (
            _("How visitors felt"),
            _("From below: negative (red), unsure (pale), neutral (grey), positive (green)."),
        ),
    }


def alternative(name: str, content: dict[str, Any]) -> str:
    """Return the words for those who do not see a picture: from the lowest to the highest value."""
    title, _legend = picture_texts()[name]
    column = {"conversations": "conversations", "outcomes": "resolved", "sentiment": "negative"}[name]
    values = [day[column] for day in content.get("days", ()) if day[column] is not None]
    if not values:
        return _("%(title)s: nothing was counted.") % {"title": title}
    unit = FIGURES[column].unit
    words = {
        "title": title,
        "figure": FIGURES[column].label,
        "low": _written(min(values), unit),
        "high": _written(max(values), unit),
    }
    return _("%(title)s. %(figure)s: from %(low)s to %(high)s a day. The table below has all.") % words


def _figure_row(row: dict[str, Any]) -> FigureRow:
    figure = FIGURES[row["name"]]
    value, before = row["value"], row["before"]
    change, news = "–", ""
    if value is not None and before is not None:
        difference = value - before
        if figure.unit == Unit.SHARE:
            change = _("%(points)s points") % {"points": _signed(100 * difference, 1)}
        elif before:
            change = f"{_signed(100 * difference / before, 0)} %"
        if difference and figure.better != Better.NEITHER:
            news = "good" if (difference > 0) == (figure.better == Better.UP) else "bad"
    return FigureRow(
        str(figure.label), _written(value, figure.unit), _written(before, figure.unit), change, news
    )


def _signed(number: float, places: int) -> str:
    rounded = round(number, places)
    sign = "+" if rounded > 0 else "−" if rounded < 0 else "±"
    return sign + number_format(abs(rounded), places)


def _written(value: float | None, unit: Unit) -> str:
    """Return a value with its unit; a dash for nothing."""
    if value is None:
        return "–"
    if unit == Unit.COUNT:
        return number_format(round(value), force_grouping=True)
    if unit == Unit.SHARE:
        return f"{number_format(round(100 * value, 1), 1)} %"
    if unit == Unit.SECONDS:
        return _duration(value)
    if unit == Unit.MILLISECONDS:
        return _duration(value / _SECOND_MS) if value >= _SECOND_MS else f"{number_format(round(value))} ms"
    return number_format(round(value, 2), 2)


def _duration(seconds: float) -> str:
    if seconds < _MINUTE:
        return f"{number_format(round(seconds, 1), 1)} s"
    if seconds < _HOUR:
        return f"{number_format(round(seconds / _MINUTE))} min"
    return f"{number_format(round(seconds / _HOUR, 1), 1)} h"
