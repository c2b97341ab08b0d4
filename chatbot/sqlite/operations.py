"""Emptying tables, as `manage.py flush` and tests that commit do."""

from collections.abc import Iterable

from django.db import transaction
from django.db.backends.sqlite3 import operations


class DatabaseOperations(operations.DatabaseOperations):
    """Django's operations for SQLite, except that emptying all tables asks no trigger."""

    def execute_sql_flush(self, sql_list: Iterable[str]) -> None:
        """Empty tables without asking triggers on rows, as PostgreSQL's TRUNCATE does.

        Triggers are set aside and put back in one transaction, so that nobody sees the tables without them.
        """
        with transaction.atomic(using=self.connection.alias), self.connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
            for name, _sql in triggers:
                cursor.execute(f"DROP TRIGGER {self.quote_name(name)}")
            for statement in sql_list:
                cursor.execute(statement)
            for _name, sql in triggers:
                cursor.execute(sql)
