"""Nearest vectors by PostgreSQL itself, where its extension pgvector is there.

Without it, and on SQLite, vectors are searched in memory. It compares all vectors of a site, which takes some
milliseconds for thousands and some hundred for 100,000. Its approximate indexes are not used: they look for
neighbours among all sites and lose those of small ones. The column `embedding` exists only in databases
with the extension, so that the models do not know it.
"""

import logging
from typing import Any

import numpy as np
from django.db import DatabaseError, connection, transaction
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from chatbot.knowledge.models import PassageVector

logger = logging.getLogger(__name__)

# A row must fit into a page of 8 kB, where it is read without a detour.
_LONGEST = 1_900
_ROWS_AT_A_TIME = 1_000
_TABLE = "knowledge_passagevector"

# The databases, by name, that are known to have it.
_columns: set[str] = set()


def prepare() -> bool:
    """Let PostgreSQL search vectors if it can, filling in those that are there; return whether it can.

    Done again it changes nothing. Where the extension cannot be created, the log says what that means.
    """
    if connection.vendor != "postgresql":
        return False
    if is_available():
        return True
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS vector")
            cursor.execute(f"ALTER TABLE {_TABLE} ADD COLUMN embedding vector")
            # Beside the values the row would else be moved out of the table's own pages.
            cursor.execute(f"ALTER TABLE {_TABLE} ALTER COLUMN embedding SET STORAGE PLAIN")
            cursor.execute(f"CREATE INDEX knowledge_vector_of_site ON {_TABLE} (site_id, encoder)")
    except DatabaseError as error:
        logger.warning(
            "PostgreSQL has no pgvector (%s), so vectors are searched in each web process's memory.",
            str(error).strip().splitlines()[0],
        )
        return False
    fill(PassageVector.objects.values_list("pk", flat=True).order_by("pk"))
    return True


def is_available() -> bool:
    """Tell whether this database searches vectors itself."""
    if connection.vendor != "postgresql":
        return False
    name = str(connection.settings_dict["NAME"])
    if name not in _columns:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attname = 'embedding'"
                " AND NOT attisdropped",
                [_TABLE],
            )
            if cursor.fetchone() is None:
                return False
        _columns.add(name)
    return True


def where_vectors_are_compared() -> str:
    """Return a sentence for people on which search this installation has."""
    if connection.vendor != "postgresql":
        return _("Vectors are compared exactly, in the memory of the web process.")
    if is_available():
        return _("PostgreSQL compares vectors exactly by pgvector; those of large sites lie in memory.")
    return _(
        "This PostgreSQL has no pgvector. Vectors are compared exactly, in the memory of each web process."
    )


def forget() -> None:
    """Ask the database again whether it has pgvector, as tests need it."""
    _columns.clear()


def fill(rows: Any) -> None:
    """Make the stored vectors of these rows (primary keys) searchable; nothing happens without pgvector."""
    if not is_available():
        return
    keys = list(rows)
    for start in range(0, len(keys), _ROWS_AT_A_TIME):
        part = PassageVector.objects.filter(pk__in=keys[start : start + _ROWS_AT_A_TIME])
        written = [
            (pk, _literal(vector))
            for pk, values in part.values_list("pk", "values")
            if len(vector := np.frombuffer(values, "<f2")) <= _LONGEST
        ]
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {_TABLE} SET embedding = given.embedding::vector"
                " FROM unnest(%s::bigint[], %s::text[]) AS given (id, embedding)"
                f" WHERE {_TABLE}.id = given.id",
                [[pk for pk, _text in written], [text for _pk, text in written]],
            )


def nearest(site_id: int, encoder: str, vector: NDArray[np.float32], depth: int) -> list[int]:
    """Return the keys of the site's `depth` passages whose vectors are nearest, the nearest first; exact."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT passage_id FROM {_TABLE} WHERE site_id = %s AND encoder = %s AND embedding IS NOT NULL"
            # Vectors have length one: the smallest negative product is the largest cosine.
            " ORDER BY embedding <#> %s::vector LIMIT %s",
            [site_id, encoder, _literal(vector), depth],
        )
        return [key for (key,) in cursor.fetchall()]


def _literal(vector: NDArray[np.floating]) -> str:
    return "[" + ",".join(f"{value:.6g}" for value in vector.tolist()) + "]"
