"""Figures as people read them, in the reader's way of writing numbers."""

from collections.abc import Callable

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chatbot.analytics.figure import Figure
from chatbot.analytics.totals import Totals

NOTHING = "–"
_MINUTE = 60.0
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR


def written(value: float | None, unit: str) -> str:
    """Return a figure of this unit (definitions.py has the units), a dash where there is none."""
    return NOTHING if value is None else _WRITERS[unit](value)


def written_change(difference: float, unit: str) -> str:
    """Return how much more or less a figure is, with its sign; shares differ by percentage points."""
    sign = "+" if difference > 0 else "−" if difference < 0 else "±"
    if unit == "share":
        points = abs(difference) * 100
        amount = ngettext("%(n)s point", "%(n)s points", 1 if round(points, 1) == 1 else 2) % {
            "n": _decimal(points, 1)
        }
    else:
        amount = _WRITERS["decimal" if unit == "score" else unit](abs(difference))
    return f"{sign}{amount}"


def with_count(figure: Figure, totals: Totals) -> str:
    """Return a figure; a share with how many conversations or messages it stands for."""
    value = written(figure.value(totals), figure.unit)
    return (
        f"{value} ({_count(figure.count(totals))})" if figure.unit == "share" and value != NOTHING else value
    )


def hour_name(hour: int) -> str:
    """Return how people call an hour of the day."""
    return f"{hour:02}:00"


def percent(share: float, places: int = 0) -> str:
    """Return a share of 1 in percent."""
    return f"{_decimal(share * 100, places)} %"


def _count(value: float) -> str:
    return number_format(round(value), force_grouping=True)


def _decimal(value: float, places: int = 2) -> str:
    # Django cuts off what it has no room for.
    return number_format(round(value, places), decimal_pos=places, force_grouping=True)


def _score(value: float) -> str:
    shown = round(value, 2)
    return f"{'+' if shown > 0 else '−' if shown < 0 else ''}{_decimal(abs(shown))}"


def _milliseconds(value: float) -> str:
    if round(value) < 1000:
        return _("%(n)s ms") % {"n": _count(value)}
    return _seconds(value / 1000)


def _seconds(value: float) -> str:
    """Return a span of time by its two largest units."""
    if round(value, 1) < 10:
        return _("%(n)s s") % {"n": _decimal(value, 1)}
    whole = round(value)
    if whole < _MINUTE:
        return _("%(n)s s") % {"n": _count(whole)}
    if whole < _HOUR:
        return _("%(minutes)s min %(seconds)s s") % {"minutes": whole // 60, "seconds": whole % 60}
    if whole < _DAY:
        return _("%(hours)s h %(minutes)s min") % {"hours": whole // 3600, "minutes": whole % 3600 // 60}
    return _("%(days)s d %(hours)s h") % {"days": whole // 86_400, "hours": whole % 86_400 // 3600}


_WRITERS: dict[str, Callable[[float], str]] = {
    "count": _count,
    "share": lambda value: percent(value, 1),
    "seconds": _seconds,
    "milliseconds": _milliseconds,
    "rating": _decimal,
    "score": _score,
    "decimal": _decimal,
}
