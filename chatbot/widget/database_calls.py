"""Database calls of sockets, in a few threads that all of them share.

Channels' own way is one thread for all sockets, which a slow query holds up, or one thread for each socket
(`ThreadSensitiveContext`), which costs two thousand idle sockets two thousand threads.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from channels.db import database_sync_to_async

Result = TypeVar("Result")

# More than the database's pool has connections: who waits for one does not hold up who needs none.
THREADS = 32

_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="database")


async def in_database(function: Callable[..., Result], *arguments: Any) -> Result:
    """Call `function`, one unit of work, in a thread and return its result; its connection is given back after it."""
    call = database_sync_to_async(function, thread_sensitive=False, executor=_threads)
    result: Result = await call(*arguments)
    return result
