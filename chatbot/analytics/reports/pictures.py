"""A report's pictures as PNG.

They hold figures and dates and no words, so that they need no font of any language and read the same for
everybody; what they show stands beside them, and in a table. On their own light ground they are readable in
a dark mail too.
"""

import os
from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.conf import settings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAMES = ("conversations", "outcomes", "sentiment")
# In inches and dots an inch: 1200 pixels wide, for a column of 600.
_SIZE, _DOTS = (6.0, 2.6), 200
_PAPER, _INK, _LINE = "#f8f9fb", "#3a4150", "#d5d9e2"
# Apart in brightness as well as in colour.
_BLUE, _ORANGE, _GREY, _GREEN, _RED, _PALE = "#3451d1", "#c2570c", "#7b8496", "#2f9e6b", "#b3261e", "#c9ced9"


def draw(content: dict[str, Any]) -> dict[str, bytes]:
    """Return the pictures of a report's content by their names."""
    days = content["days"]
    labels = [date.fromisoformat(day["day"]).strftime("%m-%d") for day in days]
    return {
        "conversations": _conversations(labels, days),
        "outcomes": _outcomes(labels, days),
        "sentiment": _sentiment(labels, days),
    }


def _conversations(labels: Sequence[str], days: list[dict[str, Any]]) -> bytes:
    figure, axes = _blank(labels)
    axes.bar(range(len(days)), [day["conversations"] or 0 for day in days], width=0.62, color=_BLUE)
    before = [day["before"] or 0 for day in days]
    axes.plot(range(len(days)), before, color=_ORANGE, linewidth=2, marker="o", markersize=4)
    axes.set_ylim(0, max(4, *before, *(day["conversations"] or 0 for day in days)) * 1.08)
    return _png(figure)


def _outcomes(labels: Sequence[str], days: list[dict[str, Any]]) -> bytes:
    figure, axes = _blank(labels)
    for name, colour, marker in (("resolved", _GREEN, "o"), ("handed_over", _ORANGE, "s")):
        shares = [float("nan") if day[name] is None else 100 * day[name] for day in days]
        axes.plot(range(len(days)), shares, color=colour, linewidth=2, marker=marker, markersize=5)
    _percent(axes)
    return _png(figure)


def _sentiment(labels: Sequence[str], days: list[dict[str, Any]]) -> bytes:
    figure, axes = _blank(labels)
    below = [0.0] * len(days)
    for name, colour in (("negative", _RED), ("unsure", _PALE), ("neutral", _GREY), ("positive", _GREEN)):
        shares = [100 * (day[name] or 0) for day in days]
        axes.bar(range(len(days)), shares, bottom=below, width=0.62, color=colour)
        below = [low + share for low, share in zip(below, shares, strict=True)]
    _percent(axes)
    return _png(figure)


def _blank(labels: Sequence[str]) -> "tuple[Figure, Axes]":
    # Imported here: it takes a second and much memory, which the web process is to be spared. Its cache of
    # fonts goes where this installation may write.
    os.environ.setdefault("MPLCONFIGDIR", str(settings.DATA_DIR / "matplotlib"))
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=_SIZE, dpi=_DOTS, facecolor=_PAPER, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set_facecolor(_PAPER)
    axes.set_xticks(range(len(labels)), labels)
    axes.set_xlim(-0.6, len(labels) - 0.4)
    axes.tick_params(colors=_INK, labelsize=8, length=0)
    axes.grid(axis="y", color=_LINE, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(_LINE)
    return figure, axes


def _percent(axes: "Axes") -> None:
    # A little more than everything, so that a mark at the edge is whole.
    axes.set_ylim(-2, 102)
    axes.set_yticks((0, 25, 50, 75, 100), ("0 %", "25 %", "50 %", "75 %", "100 %"))


def _png(figure: "Figure") -> bytes:
    stream = BytesIO()
    # Without the program's name: the same figures give the same bytes.
    figure.savefig(stream, format="png", metadata={"Software": None})
    return stream.getvalue()
