"""Puts many made-up rows into a database as they are, fast: COPY on PostgreSQL, one statement on SQLite."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice

from django.db import connection, models

_AT_A_TIME = 5000


def insert(model: type[models.Model], rows: Iterable[models.Model]) -> None:
    """Insert `rows`, of which every column keeps its value: moments that are set by saving stay as they are.

    Rows bring their keys, so that others can refer to them.
    """
    fields = model._meta.concrete_fields
    quote = connection.ops.quote_name
    table, columns = quote(model._meta.db_table), ", ".join(quote(field.column) for field in fields)
    values = (
        [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields] for row in rows
    )
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for value in values:
                    copy.write_row(value)
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{model._meta.db_table}', 'id'), max(id)) FROM {table}"
            )
        else:
            places = ", ".join(["%s"] * len(fields))
            while batch := list(islice(values, _AT_A_TIME)):
                cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", batch)


@contextmanager
def without_word_index() -> Iterator[None]:
    """Take the index of PostgreSQL over the words of messages away, and build it as a whole at the end."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX IF EXISTS message_terms")
        yield
        cursor.execute(
            "CREATE INDEX message_terms ON conversations_message USING gin (terms) "
            "WITH (gin_pending_list_limit = 256)"
        )


def analyze() -> None:
    """Let the database look at what it holds, as it does by itself on a quiet day."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def public_id(number: int) -> str:
    """Return an id as the outside sees it, which nothing else has."""
    return f"{number:032x}"
