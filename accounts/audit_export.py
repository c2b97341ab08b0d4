"""The audit record as CSV, in pieces, so that its length does not matter."""

import csv
import io
import json
from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.translation import get_language, override

from accounts.models import AuditEntry

BATCH = 1000
COLUMNS = (
    "number",
    "when",
    "kind",
    "act",
    "person",
    "person_number",
    "site",
    "about_type",
    "about_id",
    "about",
    "network",
    "data",
    "hash",
)
# A spreadsheet takes a cell that begins like this for a formula, and runs it.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe_cell(text: str) -> str:
    """Return `text` so that a spreadsheet shows it and never computes it."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) or text.lstrip().startswith("=") else text


def csv_response(request: HttpRequest, entries: QuerySet[AuditEntry]) -> StreamingHttpResponse:
    """Return a file of `entries`, newest first, that is read from the database while it is sent."""
    pieces = csv_pieces(entries, get_language())
    # Django would hold the whole file in memory to send what the other kind of server asks for.
    content = _awaited(pieces) if isinstance(request, ASGIRequest) else pieces
    return StreamingHttpResponse(
        content,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="audit.csv"'},
    )


def csv_pieces(entries: QuerySet[AuditEntry], language: str | None, batch: int = BATCH) -> Iterator[str]:
    """Yield the header and then the rows of `batch` entries at a time, with sentences in `language`."""
    # Spreadsheets take a file for UTF-8 only when it begins with this mark.
    yield "\ufeff" + _lines([COLUMNS])
    newest_first = entries.order_by("-number")
    page = list(newest_first[:batch])
    while page:
        with override(language):
            text = _lines(_row(entry) for entry in page)
        yield text
        page = list(newest_first.filter(number__lt=page[-1].number)[:batch])


def _row(entry: AuditEntry) -> tuple[str, ...]:
    cells = (
        str(entry.number),
        entry.when.isoformat(),
        entry.kind,
        entry.describe(),
        entry.actor_name,
        str(entry.actor_id or ""),
        entry.site_name,
        entry.about_type,
        entry.about_id,
        entry.about_name,
        entry.network,
        json.dumps(entry.all_data, ensure_ascii=False, sort_keys=True),
        entry.hash,
    )
    return tuple(safe_cell(cell) for cell in cells)


def _lines(rows: Iterator[tuple[str, ...]] | list[tuple[str, ...]]) -> str:
    lines = io.StringIO()
    csv.writer(lines).writerows(rows)
    return lines.getvalue()


async def _awaited(pieces: Iterator[str]) -> AsyncIterator[str]:
    """Yield the pieces without reading the database on the event loop."""
    while (piece := await sync_to_async(next)(pieces, None)) is not None:
        yield piece
