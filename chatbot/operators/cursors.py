"""Places in a list whose newest rows come first, as text that a page hands out for the next one."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import Any

from django.db.models import Q


class BadCursor(ValueError):
    """The text is no cursor that `written` made."""


def written(moment: datetime, key: int | str) -> str:
    """Return the place of the row with this moment and, among those of one moment, this key."""
    return urlsafe_b64encode(json.dumps([moment.isoformat(), key]).encode()).decode()


def read(cursor: str) -> tuple[datetime, Any]:
    """Return the moment and the key in `cursor`, of whatever type the key is; raises BadCursor."""
    try:
        moment, key = json.loads(urlsafe_b64decode(cursor.encode()))
        at = datetime.fromisoformat(moment)
        if at.utcoffset() is None:
            raise ValueError
        # No moment that a database could not hold.
        at.timestamp()
    except (OverflowError, RecursionError, TypeError, ValueError) as error:
        raise BadCursor(cursor) from error
    return at, key


def beyond(moment_field: str, at: datetime, key_field: str, key: int | str) -> Q:
    """Return the condition of what comes after a place.

    The first half alone is a range of an index; the second leaves out what shares the moment.
    """
    later_in_moment = Q(**{f"{moment_field}__lt": at}) | Q(**{f"{key_field}__lt": key})
    return Q(**{f"{moment_field}__lte": at}) & later_in_moment
