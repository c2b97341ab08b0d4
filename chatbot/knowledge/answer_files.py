"""Curated answers as CSV files, for spreadsheets: in, all rows or none, and out."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.audit import record
from accounts.audit_export import safe_cell
from accounts.models import Site, User
from chatbot.knowledge.curated import BadAnswer, add_answer, answers_source, change_answer, checked
from chatbot.knowledge.models import Document

MOST_ROWS = 10_000
_MOST_ERRORS = 50
_QUESTION_NAMES = {"question", "questions", "q", "query", "prompt", "问题", "问", "提问", "常见问题"}
_ANSWER_NAMES = {"answer", "answers", "a", "reply", "response", "答案", "回答", "答复", "答", "回复"}
_ADDRESS_NAMES = {"url", "link", "address", "网址", "链接"}
_ENCODINGS = ("utf-8-sig", "gb18030")


class BadFile(ValueError):
    """Nothing was imported. `errors` are the row, counted as spreadsheets do, and what is wrong with it."""

    def __init__(self, errors: list[tuple[int, str | Promise]]) -> None:
        super().__init__(errors)
        self.errors = errors


@dataclass
class Imported:
    """How many answers are new, have other words now, or were there just so."""

    added: int = 0
    changed: int = 0
    same: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file of answers."""

    number: int
    questions: list[str]
    answer: str
    url: str = ""


@dataclass
class _Rows:
    """What a file holds, checked row by row."""

    rows: list[Row] = field(default_factory=list)
    errors: list[tuple[int, str | Promise]] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)


def import_answers(site: Site, content: bytes, by: User, *, network: str = "") -> Imported:
    """Add the answers of a CSV file; a row whose question is there already changes that answer.

    The first row names the columns. Several phrasings of a question stand in one cell, one to a line. Raises
    BadFile, with nothing imported, when anything is wrong with any row.
    """
    rows = read_rows(content)
    done = Imported()
    with transaction.atomic():
        source = answers_source(site, by)
        known = {
            question.casefold(): answer
            for answer in Document.objects.filter(source=source).order_by("-pk").select_related("source")
            for question in answer.questions.splitlines()
        }
        for row in rows:
            answer = next(
                (known[question.casefold()] for question in row.questions if question.casefold() in known),
                None,
            )
            if answer is None:
                add_answer(site, row.questions, row.answer, None, url=row.url, source=source)
                done.added += 1
            elif change_answer(answer, row.questions, row.answer, None, url=row.url or None):
                done.changed += 1
            else:
                done.same += 1
        if done.added or done.changed:
            record(
                "knowledge.answers_imported",
                by=by,
                site=site,
                about=source,
                network=network,
                added=done.added,
                changed=done.changed,
            )
    return done


def read_rows(content: bytes) -> list[Row]:
    """Return the rows of a CSV file in UTF-8 or GB 18030, parted by commas, semicolons or tabs.

    Raises BadFile.
    """
    text = _decoded(content)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    found = _Rows()
    try:
        columns = _columns(next(lines, []))
        for cells in lines:
            if any(cell.strip() for cell in cells):
                _read_row(found, lines.line_num, cells, columns)
            if len(found.rows) > MOST_ROWS:
                raise BadFile([(lines.line_num, _("A file has at most %d rows.") % MOST_ROWS)])
    except csv.Error:
        raise BadFile([(lines.line_num, _("This is not CSV."))]) from None
    if found.errors:
        raise BadFile(found.errors[:_MOST_ERRORS])
    if not found.rows:
        raise BadFile([(1, _("There are no rows in this file."))])
    return found.rows


def _read_row(found: _Rows, number: int, cells: list[str], columns: tuple[int, int, int | None]) -> None:
    def cell(column: int | None) -> str:
        text = cells[column] if column is not None and column < len(cells) else ""
        # What an export put before a formula.
        return text[1:] if text.startswith("'") and safe_cell(text[1:]) != text[1:] else text

    question, answer, url = (cell(column) for column in columns)
    try:
        questions, answer = checked(question.splitlines(), answer)
    except BadAnswer as error:
        found.errors.append((number, str(error)))
        return
    for phrasing in questions:
        first = found.seen.setdefault(phrasing.casefold(), number)
        if first != number:
            found.errors.append((number, _("This question stands in row %d already.") % first))
            return
    found.rows.append(Row(number, list(questions), answer, url.strip()))


def _decoded(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings: Iterable[str] = ("utf-16",)
    else:
        encodings = _ENCODINGS
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadFile([(1, _("The file is not text in UTF-8. Save it as “CSV UTF-8”."))])


def _delimiter(text: str) -> str:
    header = text.partition("\n")[0]
    return max(",;\t", key=header.count)


def _columns(header: list[str]) -> tuple[int, int, int | None]:
    names = [name.strip().strip("?:：").casefold() for name in header]

    def column(known: set[str]) -> int | None:
        return next((place for place, name in enumerate(names) if name in known), None)

    question, answer = column(_QUESTION_NAMES), column(_ANSWER_NAMES)
    if question is None or answer is None:
        raise BadFile([(1, _("The first row must name the columns “question” and “answer”."))])
    return question, answer, column(_ADDRESS_NAMES)


def csv_pieces(site_ids: Iterable[int]) -> Iterator[str]:
    """Yield a file of the curated answers of these sites, as `import_answers` takes it."""
    # Spreadsheets take a file for UTF-8 only when it begins with this mark.
    yield "\ufeff" + _line(["question", "answer", "url"])
    answers = Document.objects.filter(site__in=site_ids, source__kind="answers").order_by("pk")
    for answer in answers.iterator(chunk_size=500):
        yield _line([answer.questions, answer.text, answer.url])


def _line(cells: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([safe_cell(cell) for cell in cells])
    return line.getvalue()
