"""Database calls of sockets and of reply runners, in a few threads that all of them share.

Channels' own ways are one thread for all sockets, which a slow query holds up, or one thread for each socket
(`ThreadSensitiveContext`), which costs two thousand idle sockets two thousand threads.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

from asgiref.sync import sync_to_async
from django import db
from django.db import close_old_connections, connection

Result = TypeVar("Result")

# As many as the database's pool has connections by default; SQLite takes one writer at a time anyway.
THREADS = 10

_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="database")


async def in_database(function: Callable[..., Result], *arguments: Any) -> Result:
    """Call `function`, one unit of work, in any of the shared threads and return its result."""
    return await sync_to_async(_unit, thread_sensitive=False, executor=_threads)(function, arguments)


class CallsInOrder:
    """Database calls that run one after the other, also when whoever waited for one was cancelled."""

    def __init__(self) -> None:
        self._last: asyncio.Task[Any] | None = None

    async def call(self, function: Callable[..., Result], *arguments: Any) -> Result:
        """Call `function` as `in_database` does, once the calls before it are done."""
        self._last = asyncio.create_task(self._after(self._last, function, arguments))
        # A thread cannot be stopped: what is cancelled is the wait for it.
        return await asyncio.shield(self._last)

    async def _after(
        self, earlier: "asyncio.Task[Any] | None", function: Callable[..., Result], arguments: tuple[Any, ...]
    ) -> Result:
        if earlier is not None:
            await asyncio.wait({earlier})
        return await in_database(function, *arguments)


def start_threads() -> None:
    """Start all threads, each with its connection, so that no crowd of first visitors waits for them."""
    together = threading.Barrier(THREADS)

    def connect() -> None:
        together.wait()
        connection.ensure_connection()

    for ending in [_threads.submit(_unit, connect, ()) for _ in range(THREADS)]:
        with suppress(db.Error):
            ending.result()


def _unit(function: Callable[..., Result], arguments: tuple[Any, ...]) -> Result:
    """Call `function` with a connection that works; one to a server goes back to its pool afterwards."""
    close_old_connections()
    try:
        return function(*arguments)
    finally:
        close_old_connections()
