"""A report as PDF, drawn by matplotlib: what is real in words, figures with intervals, the table."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.utils import translation
from django.utils.translation import gettext as _

from chatbot.workshop.evaluating.comparing import Line, Report, compare, in_words
from chatbot.workshop.evaluating.fonts import LATIN, font_for, has_chinese, prepare_matplotlib
from chatbot.workshop.evaluating.report_table import cells_of, conditions_of, heads, how, rows_of, short_names
from chatbot.workshop.evaluating.words import FIGURES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# A4, in inches; widths in letters of the size that is written.
_PAGE = (8.27, 11.69)
_LEFT, _TOP, _BOTTOM = 0.08, 0.94, 0.06
_LETTERS = 92
_CHARTS_A_PAGE = 8
_INK, _QUIET, _BLUE, _RED, _GREEN = "#1d2330", "#5b6474", "#3451d1", "#b3261e", "#1f7a50"
_LOOKS = {"better": _GREEN, "worse": _RED}
_WIDTHS = (0.17, 0.2, 0.09, 0.14, 0.085, 0.18, 0.06, 0.09)
_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
_PIECE = re.compile(rf"\s+|[{_WIDE}]|[^\s{_WIDE}]+?(?:-(?=[^\W\d])|(?=[\s{_WIDE}])|$)")


def as_pdf(report: Report) -> bytes:
    """Return the report; where no font of this machine has its letters, it is in English and says so."""
    everything = [text for _kind, text in _paragraphs(report)] + heads()
    everything += [cell for row in rows_of(report) for cell in cells_of(row)]
    font = font_for("\n".join(everything))
    if font is not None:
        return _pdf(report, font, _paragraphs(report), str)
    with translation.override("en"):
        again = compare(report.evaluations)
        note = "No font of this machine has Chinese letters: install one, such as fonts-noto-cjk."
        return _pdf(again, LATIN, [("note", note), *_paragraphs(again)], _in_latin)


def _pdf(report: Report, font: str, paragraphs: list[tuple[str, str]], spell: Callable[[str], str]) -> bytes:
    """Return the report in a font, each text as `spell` gives it."""
    prepare_matplotlib()
    from matplotlib import rc_context
    from matplotlib.backends.backend_pdf import PdfPages

    stream = BytesIO()
    # Letters stay letters, to be searched and copied.
    looks: dict[Any, Any] = {"font.family": [font], "pdf.fonttype": 3, "text.parse_math": False}
    # Without a date: the same report gives the same bytes.
    facts = {"Title": _("Versions side by side"), "CreationDate": None}
    names = {one.pk: spell(name) for one, name in zip(report.evaluations, short_names(report), strict=True)}
    with rc_context(looks), PdfPages(stream, metadata=facts) as pages:
        _write(pages, [(kind, spell(text)) for kind, text in paragraphs])
        for start in range(0, len(report.lines), _CHARTS_A_PAGE):
            _draw(pages, report.lines[start : start + _CHARTS_A_PAGE], names)
        _tabulate(pages, [(row.look, [spell(cell) for cell in cells_of(row)]) for row in rows_of(report)])
    return stream.getvalue()


def _in_latin(text: str) -> str:
    """Return `text` with a sign in the place of every letter that a Latin font lacks."""
    return "".join("?" if has_chinese(letter) else letter for letter in text)


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


def _draw(pages: Any, lines: tuple[Line, ...], names: dict[int, str]) -> None:
    figure = _page()
    figure.subplots_adjust(left=0.1, right=0.94, bottom=0.05, top=0.94, hspace=0.42, wspace=0.25)
    places = figure.subplots(_CHARTS_A_PAGE // 2, 2)
    for place in range(_CHARTS_A_PAGE):
        axes = places[place // 2][place % 2]
        if place < len(lines):
            _chart(axes, lines[place], names)
        else:
            axes.set_axis_off()
    pages.savefig(figure)


def _chart(axes: Axes, line: Line, names: dict[int, str]) -> None:
    scale = 100 if FIGURES[line.name].is_share else 1
    for at, cell in enumerate(line.cells):
        value, low, high = cell.figure["value"], cell.figure["low"], cell.figure["high"]
        if low is not None and high is not None:
            ends = [[max(0.0, value - low) * scale], [max(0.0, high - value) * scale]]
            axes.errorbar([at], [value * scale], yerr=ends, color=_BLUE, capsize=4, linewidth=1.6)
        axes.plot([at], [value * scale], "o", color=_BLUE, markersize=6, clip_on=False)
    named = FIGURES[line.name]
    unit = "%" if named.is_share else named.unit
    axes.set_title(f"{named.name}{f' ({unit})' if unit else ''}", size=10, color=_INK, loc="left")
    axes.set_xticks(range(len(line.cells)), [names[cell.evaluation.pk] for cell in line.cells])
    axes.set_xlim(-0.6, len(line.cells) - 0.4)
    axes.set_ylim(bottom=0)
    axes.tick_params(labelsize=7, colors=_INK, length=0)
    axes.grid(axis="y", color="#d5d9e2", linewidth=0.7)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _tabulate(pages: Any, rows: list[tuple[str, list[str]]]) -> None:
    """Write the rows of the table, each with how its meaning looks."""
    figure, y = _page(), _TOP
    _cells(figure, y, heads(), _QUIET)
    y -= 0.03
    for look, cells in rows:
        if y < _BOTTOM:
            pages.savefig(figure)
            figure, y = _page(), _TOP
            _cells(figure, y, heads(), _QUIET)
            y -= 0.03
        y -= 0.0125 * _cells(figure, y, cells, _INK, _LOOKS.get(look, _INK)) + 0.006
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


def _page() -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=_PAGE)


def wrapped(text: str, letters: int) -> list[str]:
    """Return `text` in lines of at most so many letters, of which a Chinese one counts twice.

    A line ends at a space, beside a Chinese letter or after a hyphen; a word that is longer is cut.
    """
    found, kept, room = [], "", letters
    for piece in _PIECE.findall(text):
        width = _width(piece)
        if width > room and kept:
            found.append(kept.rstrip())
            kept, room = "", letters
            piece = piece.lstrip()
        while _width(piece) > letters:
            found.append(piece[:letters])
            piece = piece[letters:]
        kept, room = kept + piece, room - _width(piece)
    return [*found, kept.rstrip()]


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
