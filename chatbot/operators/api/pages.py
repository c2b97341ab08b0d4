"""Keyset pagination: a page costs the same wherever it is, and rows that come or go shift no other."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

from chatbot.api_problems import ApiProblem

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
        same = Q(**{moment: at, "public_id__lt": public_id})
        # The first condition is for the database's index, which cannot use an OR.
        rows = rows.filter(Q(**{f"{moment}__lte": at}), Q(**{f"{moment}__lt": at}) | same)
    page = list(rows.order_by(f"-{moment}", "-public_id")[: limit + 1])
    if len(page) <= limit:
        return page, None
    last: Any = page[limit - 1]
    return page[:limit], _encoded(getattr(last, moment), last.public_id)


def _encoded(moment: datetime, public_id: str) -> str:
    return urlsafe_b64encode(json.dumps([moment.isoformat(), public_id]).encode()).decode()


def _decoded(cursor: str) -> tuple[datetime, str]:
    try:
        moment, public_id = json.loads(urlsafe_b64decode(cursor.encode()))
        at = datetime.fromisoformat(moment)
        if at.utcoffset() is None or len(public_id) != 32 or not public_id.isalnum():
            raise ValueError
        at.timestamp()
    except (AttributeError, OverflowError, TypeError, ValueError, RecursionError):
        raise ApiProblem(422, "invalid", "This cursor is not one that a page named as its next.") from None
    return at, public_id
