"""Keyset pagination: a page costs the same wherever it is, and rows that come or go shift no other."""

from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from chatbot.api_problems import ApiProblem
from chatbot.operators import cursors
from chatbot.operators.cursors import BadCursor

Row = TypeVar("Row", bound=Model)


def newest_first(
    rows: "QuerySet[Row]", moment: str, cursor: str | None, limit: int
) -> tuple[list[Row], str | None]:
    """Return up to `limit` rows after `cursor`, newest first by the field `moment`, and the next cursor.

    The rows have a `public_id`, which orders those of one moment. Raises ApiProblem for a cursor that this
    function did not make.
    """
    if cursor is not None:
        at, public_id = _decoded(cursor)
        rows = rows.filter(cursors.beyond(moment, at, "public_id", public_id))
    page = list(rows.order_by(f"-{moment}", "-public_id")[: limit + 1])
    if len(page) <= limit:
        return page, None
    last: Any = page[limit - 1]
    return page[:limit], cursors.written(getattr(last, moment), last.public_id)


def _decoded(cursor: str) -> tuple[datetime, str]:
    try:
        at, public_id = cursors.read(cursor)
        if not isinstance(public_id, str) or len(public_id) != 32 or not public_id.isalnum():
            raise BadCursor(cursor)
    except BadCursor:
        raise ApiProblem(422, "invalid", "This cursor is not one that a page named as its next.") from None
    return at, public_id
