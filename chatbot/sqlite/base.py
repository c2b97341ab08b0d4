"""SQLite for many writers of one process: they wait in a queue instead of polling SQLite's lock.

SQLite allows one writer at a time and lets the others look again after growing pauses, up to a tenth of a
second. Whoever looks at a bad moment waits on while others come and go, for seconds under load. Here the
threads of a process queue up before they ask SQLite, so that only one of each process ever looks.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.utils import OperationalError

from chatbot.sqlite.operations import DatabaseOperations
from chatbot.sqlite.turns import Turns

_WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")
_turns: dict[str, Turns] = {}


class Cursor(base.SQLiteCursorWrapper):
    """A cursor whose writes outside a transaction wait for their turn, too."""

    turns: Turns
    patience: float

    def execute(self, query: str, params: Any = None) -> Any:
        with self._turn() if query.startswith(_WRITES) else nullcontext():
            return super().execute(query, params)

    def executemany(self, query: str, param_list: Any) -> Any:
        with self._turn():
            return super().executemany(query, param_list)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Have a turn for the block; a transaction has one already."""
        if self.connection.in_transaction:
            yield
            return
        _wait(self.turns, self.patience)
        try:
            yield
        finally:
            self.turns.give_up()


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's wrapper, with a turn from the beginning of each transaction to its end."""

    ops_class = DatabaseOperations

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._has_turn = False

    @property
    def _turns(self) -> Turns:
        return _turns.setdefault(str(self.settings_dict["NAME"]), Turns())

    @property
    def _patience(self) -> float:
        return float(self.settings_dict["OPTIONS"].get("timeout", 5.0))

    def create_cursor(self, name: str | None = None) -> Cursor:
        cursor: Cursor = self.connection.cursor(factory=Cursor)
        cursor.turns, cursor.patience = self._turns, self._patience
        return cursor

    def _start_transaction_under_autocommit(self) -> None:
        _wait(self._turns, self._patience)
        self._has_turn = True
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._end_turn()
            raise

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]
        self._end_turn()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._end_turn()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._end_turn()

    def _end_turn(self) -> None:
        if self._has_turn:
            self._has_turn = False
            self._turns.give_up()


def _wait(turns: Turns, seconds: float) -> None:
    if not turns.take(seconds):
        raise OperationalError("database is locked: other writers of this process took too long")
