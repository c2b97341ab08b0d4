"""Database calls of sockets and of reply runners, in a few threads that all of them share.

Channels' own ways are one thread for all sockets, which a slow query holds up, or one thread for each socket
(`ThreadSensitiveContext`), which costs two thousand idle sockets two thousand threads.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from asgiref.sync import sync_to_async
from django.db import close_old_connections, connection

Result = TypeVar("Result")

# As many as the database's pool has connections by default; SQLite takes one writer at a time anyway.
THREADS = 10

_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="database")


async def in_database(function: Callable[..., Result], *arguments: Any) -> Result:
    """Call `function`, one unit of work, in any of the shared threads and return its result."""
    return await sync_to_async(_unit, thread_sensitive=False, executor=_threads)(function, arguments)


async def in_same_thread(function: Callable[..., Result], *arguments: Any) -> Result:
    """Call `function` in the thread of the `ThreadSensitiveContext` around.

    Calls of one context run one after the other, also when whoever waited for one was cancelled. The last one
    should close the connection, which else ends with its thread.
    """
    return await sync_to_async(_unit)(function, arguments)


def _unit(function: Callable[..., Result], arguments: tuple[Any, ...]) -> Result:
    """Call `function` with a connection that works.

    A connection to a server goes back to its pool afterwards. One to SQLite stays open in its thread: to open
    the file and read its schema takes longer than most queries.
    """
    if connection.vendor != "sqlite":
        close_old_connections()
    try:
        return function(*arguments)
    finally:
        if connection.vendor != "sqlite" or connection.errors_occurred:
            close_old_connections()
