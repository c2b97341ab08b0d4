"""Stores rows with the times that they bear, where Django would write the present."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Model


def create_with_times(rows: Sequence[Model], *names: str, batch_size: int | None = None) -> None:
    """Create rows of one table; their fields `names`, which Django fills in by itself, keep what they hold.

    `bulk_create` overwrites such fields in the row and in the table, and has no way to leave them alone.
    """
    if not rows:
        return
    kept = [[getattr(row, name) for name in names] for row in rows]
    type(rows[0])._default_manager.bulk_create(rows, batch_size=batch_size)
    quote, adapt = connection.ops.quote_name, connection.ops.adapt_datetimefield_value
    meta: Any = type(rows[0])._meta
    columns = ", ".join(f"{quote(str(meta.get_field(name).column))} = %s" for name in names)
    key = quote(str(meta.pk.column))
    parameters: list[list[Any]] = []
    for row, times in zip(rows, kept, strict=True):
        for name, moment in zip(names, times, strict=True):
            setattr(row, name, moment)
        parameters.append([*(adapt(moment) for moment in times), row.pk])
    with connection.cursor() as cursor:
        # Names of tables and columns are those of our own models.
        cursor.executemany(f"UPDATE {quote(meta.db_table)} SET {columns} WHERE {key} = %s", parameters)
