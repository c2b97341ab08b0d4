"""The figures of a period as a file: by day, and by the values of each dimension."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.text import slugify
from django.utils.translation import gettext as _
from xlsxwriter import Workbook

from accounts.audit_export import safe_cell
from accounts.models import Site
from chatbot.analytics import reading
from chatbot.analytics.definitions import FIGURES
from chatbot.analytics.figure import Figure
from chatbot.analytics.models import DailyFigures
from chatbot.analytics.periods import Period
from chatbot.analytics.totals import Totals, total

Dimension = DailyFigures.Dimension
# How a spreadsheet shows each unit; times are in the unit that the column's head names.
_FORMATS = {
    "count": "#,##0",
    "share": "0.0%",
    "seconds": "#,##0",
    "milliseconds": "#,##0",
    "rating": "0.00",
    "score": "0.00",
}


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one kind, each with what it is about and what was counted for it."""

    dimension: str
    label: str
    rows: Sequence[tuple[str, Totals]]


def parts_of(site: Site, period: Period) -> list[Part]:
    """Return the figures of the whole period and of the one before it, by day, and by each dimension."""
    before = period.before()
    days = reading.by_day(site, Period(before.first, period.last))
    whole = [(f"{span.first}/{span.last}", total(days[day] for day in span)) for span in (period, before)]
    parts = [
        Part("period", _("Period"), whole),
        Part("day", _("Day"), [(str(day), days[day]) for day in period]),
    ]
    for dimension in (d for d in Dimension if d != Dimension.ALL):
        by_value = reading.by_value(site, period, dimension)
        names = reading.value_names(site, dimension, by_value)
        rows = [(names.get(value, value), totals) for value, totals in by_value.items()]
        parts.append(Part(dimension, str(dimension.label), rows))
    return parts


def file_name(site: Site, period: Period, kind: str) -> str:
    """Return what the file is called, in letters that every system takes."""
    return f"{slugify(site.name) or site.public_key}-{period.first}-{period.last}.{kind}"


def as_csv(parts: Sequence[Part]) -> str:
    """Return one table of all parts, headed by the figures' names; begins with the mark of UTF-8.

    Shares are from 0 to 1 and have the number of their cases beside them.
    """
    heads = ["dimension", "value"]
    for figure in FIGURES.values():
        heads += [figure.name, f"{figure.name}_count"] if _is_share(figure) else [figure.name]
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(heads)
    for part in parts:
        for value, totals in part.rows:
            numbers = ["" if number is None else number for number in _numbers(totals)]
            writer.writerow([part.dimension, safe_cell(value), *numbers])
    # Spreadsheets take a file for UTF-8 only when it begins with this mark.
    return "\ufeff" + lines.getvalue()


def as_xlsx(site: Site, parts: Sequence[Part]) -> bytes:
    """Return a workbook with a sheet for each part, and one that says what the figures mean."""
    file = io.BytesIO()
    # What looks like a formula or an address stays text.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(file, options) as book:
        book.set_properties({"title": _("Figures of %(site)s") % {"site": site.name}})
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        formats = {unit: book.add_format({"num_format": shown}) for unit, shown in _FORMATS.items()}
        for part in parts:
            sheet = book.add_worksheet(part.label[:31])
            sheet.freeze_panes(1, 1)
            sheet.set_column(0, 0, 24)
            sheet.set_column(1, 60, 13)
            sheet.write_row(0, 0, [part.label, *_heads()], bold)
            for row, (value, totals) in enumerate(part.rows, start=1):
                sheet.write_string(row, 0, value)
                for column, (number, unit) in enumerate(
                    zip(_numbers(totals), _units(), strict=True), start=1
                ):
                    if number is not None:
                        sheet.write_number(row, column, number, formats[unit])
        _write_meanings(book, bold)
    return file.getvalue()


def _write_meanings(book: Workbook, bold: object) -> None:
    sheet = book.add_worksheet(_("What the figures mean")[:31])
    sheet.set_column(0, 0, 32)
    sheet.set_column(1, 1, 110)
    for row, figure in enumerate(FIGURES.values()):
        sheet.write_string(row, 0, str(figure.label), bold)
        sheet.write_string(row, 1, str(figure.definition))


def _numbers(totals: Totals) -> Iterator[float | None]:
    for figure in FIGURES.values():
        value = figure.value(totals)
        yield None if value is None else round(value, 4)
        if _is_share(figure):
            yield figure.count(totals)


def _units() -> Iterator[str]:
    for figure in FIGURES.values():
        yield figure.unit
        if _is_share(figure):
            yield "count"


def _heads() -> Iterator[str]:
    units = {"seconds": _("seconds"), "milliseconds": _("milliseconds")}
    for figure in FIGURES.values():
        unit = units.get(figure.unit)
        yield f"{figure.label} ({unit})" if unit else str(figure.label)
        if _is_share(figure):
            yield _("%(figure)s (number)") % {"figure": figure.label}


def _is_share(figure: Figure) -> bool:
    return figure.unit == "share"
