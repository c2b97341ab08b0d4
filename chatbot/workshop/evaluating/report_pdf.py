"""A report as PDF, drawn by matplotlib: what is real in words, figures with intervals, the table."""

from __future__ import annotations

import textwrap
import unicodedata
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from chatbot.workshop.evaluating.comparing import Line, Report, in_words
from chatbot.workshop.evaluating.fonts import LATIN, font_for, prepare_matplotlib
from chatbot.workshop.evaluating.report_table import cells_of, conditions_of, heads, how, rows_of
from chatbot.workshop.evaluating.words import FIGURES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# A4, in inches; widths in letters of the size that is written.
_PAGE = (8.27, 11.69)
_LEFT, _TOP, _BOTTOM = 0.08, 0.94, 0.06
_LETTERS = 92
_CHARTS_A_PAGE = 8
_ROWS_A_PAGE = 38
_INK, _QUIET, _BLUE, _RED, _GREEN = "#1d2330", "#5b6474", "#3451d1", "#b3261e", "#1f7a50"
_LOOKS = {"better": _GREEN, "worse": _RED}
_WIDTHS = (0.19, 0.19, 0.09, 0.13, 0.06, 0.2, 0.05, 0.09)


def as_pdf(report: Report) -> bytes:
    """Return the report; where no font of this machine has its letters, it says so in English."""
    prepare_matplotlib()
    from matplotlib import rc_context
    from matplotlib.backends.backend_pdf import PdfPages

    paragraphs = _paragraphs(report)
    everything = "\n".join(
        [
            *(text for _kind, text in paragraphs),
            *heads(),
            *(cell for row in rows_of(report) for cell in cells_of(row)),
        ]
    )
    font = font_for(everything)
    if font is None:
        note = "Chinese letters are missing here: install a font that has them, such as fonts-noto-cjk."
        paragraphs.insert(0, ("note", note))
    stream = BytesIO()
    # Letters stay letters, to be searched and copied.
    looks: dict[Any, Any] = {"font.family": [font or LATIN], "pdf.fonttype": 3, "text.parse_math": False}
    # Without a date: the same report gives the same bytes.
    facts = {"Title": _("Versions side by side"), "CreationDate": None}
    with rc_context(looks), PdfPages(stream, metadata=facts) as pages:
        _write(pages, paragraphs)
        for start in range(0, len(report.lines), _CHARTS_A_PAGE):
            _draw(pages, report.lines[start : start + _CHARTS_A_PAGE])
        _tabulate(pages, report)
    return stream.getvalue()


def _paragraphs(report: Report) -> list[tuple[str, str]]:
    found = [("title", _("Versions side by side"))]
    found += [
        ("text", f"{evaluation.version}: {conditions_of(evaluation)}") for evaluation in report.evaluations
    ]
    found.append(("head", _("What is real")))
    found += [("text", sentence) for sentence in (*in_words(report), *report.left_out)]
    found.append(("quiet", how()))
    return found


def _write(pages: Any, paragraphs: list[tuple[str, str]]) -> None:
    sizes = {"title": 17.0, "head": 12.5, "text": 9.5, "quiet": 8.5, "note": 9.5}
    figure, y = _page(), _TOP
    for kind, text in paragraphs:
        size = sizes[kind]
        for line in wrapped(text, round(_LETTERS * 9.5 / size)):
            if y < _BOTTOM:
                pages.savefig(figure)
                figure, y = _page(), _TOP
            colour = {"quiet": _QUIET, "note": _RED}.get(kind, _INK)
            figure.text(_LEFT, y, line, size=size, color=colour, va="top")
            y -= size * 1.5 / 72 / _PAGE[1]
        y -= 0.008
    pages.savefig(figure)


def _draw(pages: Any, lines: tuple[Line, ...]) -> None:
    figure = _page(layout="constrained")
    places = figure.subplots(_CHARTS_A_PAGE // 2, 2)
    for place in range(_CHARTS_A_PAGE):
        axes = places[place // 2][place % 2]
        if place < len(lines):
            _chart(axes, lines[place])
        else:
            axes.set_axis_off()
    pages.savefig(figure)


def _chart(axes: Axes, line: Line) -> None:
    scale = 100 if FIGURES[line.name].is_share else 1
    for at, cell in enumerate(line.cells):
        value, low, high = cell.figure["value"], cell.figure["low"], cell.figure["high"]
        if low is not None and high is not None:
            ends = [[max(0.0, value - low) * scale], [max(0.0, high - value) * scale]]
            axes.errorbar([at], [value * scale], yerr=ends, color=_BLUE, capsize=4, linewidth=1.6)
        axes.plot([at], [value * scale], "o", color=_BLUE, markersize=6)
    named = FIGURES[line.name]
    unit = "%" if named.is_share else named.unit
    axes.set_title(f"{named.name}{f' ({unit})' if unit else ''}", size=10, color=_INK, loc="left")
    names = ["\n".join(wrapped(str(cell.evaluation.version), 18)) for cell in line.cells]
    axes.set_xticks(range(len(names)), names)
    axes.set_xlim(-0.6, len(names) - 0.4)
    axes.set_ylim(bottom=0)
    axes.tick_params(labelsize=7, colors=_INK, length=0)
    axes.grid(axis="y", color="#d5d9e2", linewidth=0.7)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _tabulate(pages: Any, report: Report) -> None:
    rows = rows_of(report)
    figure, y = _page(), _TOP
    _cells(figure, y, heads(), _QUIET)
    y -= 0.03
    for row in rows:
        if y < _BOTTOM:
            pages.savefig(figure)
            figure, y = _page(), _TOP
            _cells(figure, y, heads(), _QUIET)
            y -= 0.03
        y -= 0.0125 * _cells(figure, y, cells_of(row), _INK, _LOOKS.get(row.look, _INK)) + 0.006
    pages.savefig(figure)


def _cells(figure: Figure, y: float, cells: list[str], colour: str, last: str = "") -> int:
    """Write a row of the table, and return how many lines high it is."""
    x, highest = _LEFT - 0.03, 1
    for place, (cell, width) in enumerate(zip(cells, _WIDTHS, strict=True)):
        lines = wrapped(cell, max(6, round(width * 118)))
        highest = max(highest, len(lines))
        shade = last if last and place == len(cells) - 1 else colour
        figure.text(x, y, "\n".join(lines), size=7, color=shade, va="top", linespacing=1.4)
        x += width * 0.92
    return highest


def _page(**options: Any) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=_PAGE, **options)


def wrapped(text: str, letters: int) -> list[str]:
    """Return `text` in lines of at most so many letters, of which a Chinese one counts twice."""
    found: list[str] = []
    for line in textwrap.wrap(text, letters, break_long_words=False) or [""]:
        kept, width = "", 0
        for letter in line:
            wide = 2 if unicodedata.east_asian_width(letter) in "WF" else 1
            if width + wide > letters:
                found.append(kept)
                kept, width = "", 0
            kept, width = kept + letter, width + wide
        found.append(kept)
    return found
