"""A file of labelled texts as a table, CSV or one JSON object a line; what it means is said elsewhere."""

import csv
import io
import json
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MEGABYTE = 1_000_000
MOST_BYTES = 20 * MEGABYTE
MOST_ROWS = 200_000
# Of the file; a text may have MOST_CHARACTERS.
MOST_LINE_CHARACTERS = 100_000
MOST_COLUMNS = 100
MOST_ERRORS = 50

Problem = tuple[int, str | Promise]


class BadFile(ValueError):
    """Nothing was taken from the file. `errors` are the line and what is wrong with it."""

    def __init__(self, errors: list[Problem]) -> None:
        super().__init__(errors)
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the line of the file on which it begins, and a cell for each column."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """A file's columns, in their order, and its rows; every row has every column."""

    columns: tuple[str, ...]
    rows: list[Row]


def read_table(content: bytes) -> Table:
    """Return the rows of a file in UTF-8; raises BadFile with at most MOST_ERRORS lines."""
    if len(content) > MOST_BYTES:
        raise BadFile([(1, _("The file has more than %d MB. Divide it.") % (MOST_BYTES // MEGABYTE))])
    text = _decoded(content)
    _check_lines(text)
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    if not first:
        raise BadFile([(1, _("The file is empty."))])
    if first.startswith("["):
        raise BadFile([(1, _("This is one JSON list. Write one JSON object a line instead."))])
    table = _from_json_lines(text) if first.startswith("{") else _from_csv(text)
    if not table.rows:
        raise BadFile([(1, _("There are no rows below the names of the columns."))])
    return table


def _decoded(content: bytes) -> str:
    hint = _("This is not text in UTF-8. Save the file as “CSV UTF-8”.")
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise BadFile([(1, hint)])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadFile([(content.count(b"\n", 0, error.start) + 1, hint)]) from None


def _check_lines(text: str) -> None:
    errors: list[Problem] = []
    for number, line in enumerate(text.split("\n"), 1):
        if "\0" in line:
            errors.append((number, _("There is a zero character, as in no text.")))
        elif len(line) > MOST_LINE_CHARACTERS:
            errors.append((number, _("The line has more than %d characters.") % MOST_LINE_CHARACTERS))
    if errors:
        raise BadFile(errors[:MOST_ERRORS])


def _from_csv(text: str) -> Table:
    header = text.lstrip("\r\n").partition("\n")[0]
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=header.count), strict=True)
    rows: list[Row] = []
    errors: list[Problem] = []
    begins = 1
    try:
        columns: tuple[str, ...] = ()
        for cells in lines:
            line, begins = begins, lines.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if not columns:
                columns = _checked_columns([cell.strip() for cell in cells], line)
            elif len(cells) != len(columns):
                wrong = _("There are %(here)d cells where the first line names %(there)d columns.")
                errors.append((line, wrong % {"here": len(cells), "there": len(columns)}))
            else:
                rows.append(Row(line, dict(zip(columns, cells, strict=True))))
            _check_many(rows, line)
    except csv.Error:
        errors.append(
            (begins, _("This is not CSV: a quotation mark is not closed, or stands within a cell."))
        )
    if errors:
        raise BadFile(errors[:MOST_ERRORS])
    return Table(columns, rows)


def _from_json_lines(text: str) -> Table:
    found: list[tuple[int, dict[str, str]]] = []
    errors: list[Problem] = []
    columns: dict[str, None] = {}
    rows: list[Row] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            cells = json.loads(line)
        except (ValueError, RecursionError):
            cells = None
        if isinstance(cells, dict):
            words = {str(name).strip(): _word(value) for name, value in cells.items()}
            columns.update(dict.fromkeys(words))
            found.append((number, words))
        else:
            errors.append((number, _('This line is no JSON object like {"text": …, "label": …}.')))
        if len(found) > MOST_ROWS or len(columns) > MOST_COLUMNS:
            break
    if errors:
        raise BadFile(errors[:MOST_ERRORS])
    names = _checked_columns(list(columns), 1)
    for number, words in found:
        rows.append(Row(number, {name: words.get(name, "") for name in names}))
        _check_many(rows, number)
    return Table(names, rows)


def _word(value: Any) -> str:
    """Return what stands in a cell; whatever is neither a text nor a whole number counts as nothing."""
    if isinstance(value, str):
        # A lone surrogate, which JSON can write, is no character that a database keeps.
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _checked_columns(names: list[str], line: int) -> tuple[str, ...]:
    if len(names) > MOST_COLUMNS:
        raise BadFile([(line, _("There are more than %d columns.") % MOST_COLUMNS)])
    if len(names) < 2:
        raise BadFile([(line, _("There is one column. A text and its label are two."))])
    if not all(names):
        raise BadFile([(line, _("A column has no name. The first line names the columns."))])
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise BadFile([(line, _("Two columns are called “%s”.") % twice[:80])])
    return tuple(names)


def _check_many(rows: list[Row], line: int) -> None:
    if len(rows) > MOST_ROWS:
        raise BadFile([(line, _("A file has at most %d rows. Divide it.") % MOST_ROWS)])
