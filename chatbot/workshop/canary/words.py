"""A comparison of a canary with the active version, in words."""

from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from chatbot.workshop.canary.comparing import Finding, Row


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A line of the table; `tone` is "up" for better, "down" for worse, else empty."""

    label: str
    canary: str
    active: str
    gap: str
    sentence: str
    tone: str


def row_shown(row: Row, least: int) -> ShownRow:
    """Return the figures as people read them, with a sentence that says what they show."""
    gap = ""
    if row.gap is not None:
        gap = _("%(gap)s (%(low)s to %(high)s)") % {
            "gap": _signed(row, row.gap.value),
            "low": _signed(row, row.gap.low),
            "high": _signed(row, row.gap.high),
        }
    tones = {Finding.BETTER: "up", Finding.WORSE: "down"}
    return ShownRow(
        row.label,
        _with_count(row, row.canary, row.counts[0]),
        _with_count(row, row.active, row.counts[1]),
        gap,
        _sentence(row, least),
        tones.get(row.finding, ""),
    )


def _sentence(row: Row, least: int) -> str:
    match row.finding:
        case Finding.TOO_FEW:
            return _("Too few to say anything: at least %(least)d of both are needed.") % {"least": least}
        case Finding.NO_DIFFERENCE:
            return _("No difference is shown; what there is may be chance.")
        case Finding.BETTER:
            return _("The canary is better, and not by chance.")
        case Finding.WORSE:
            return _("The canary is worse, and not by chance.")


def _with_count(row: Row, value: float | None, count: int) -> str:
    return _("%(value)s of %(count)s") % {
        "value": "–" if value is None else _number(row, value),
        "count": count,
    }


def _signed(row: Row, value: float) -> str:
    return ("+" if value > 0 else "") + _number(row, value)


def _number(row: Row, value: float) -> str:
    if row.is_share:
        return f"{number_format(round(100 * value, 1), decimal_pos=1)} %"
    decimals = 1 if row.name == "speed" else 0
    return number_format(round(value, decimals), decimal_pos=decimals)
