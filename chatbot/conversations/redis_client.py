"""How Parley speaks to Redis: with short patience, since the database makes good whatever is lost there."""

import asyncio
from typing import Any

import redis
import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.retry import Retry as SyncRetry

PATIENCE_SECONDS = 1.0


def connect(url: str) -> redis.asyncio.Redis:
    """Return a client for the running loop that fails within about a second rather than wait.

    A connection that a restart of Redis has ended is replaced at once and unseen.
    """
    client = redis.asyncio.Redis.from_url(
        url,
        decode_responses=True,
        socket_connect_timeout=PATIENCE_SECONDS,
        socket_timeout=PATIENCE_SECONDS,
        retry=Retry(NoBackoff(), 1),
    )
    pool = client.connection_pool
    pool.connection_class = type("HeedfulConnection", (_HeedsCancellation, pool.connection_class), {})
    return client


def connect_without_loop(url: str) -> redis.Redis:
    """Return a client for a caller outside an event loop, as impatient as the other; close it after use."""
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        socket_connect_timeout=PATIENCE_SECONDS,
        socket_timeout=PATIENCE_SECONDS,
        retry=SyncRetry(NoBackoff(), 0),
    )


class _HeedsCancellation:
    """A connection to Redis that does not lose a cancellation.

    The library sends with `asyncio.wait_for`, which before Python 3.12 swallows a cancellation that comes
    when the command has just been sent; the task would go on for ever.
    """

    async def send_packed_command(self, command: Any, check_health: bool = True) -> None:
        await super().send_packed_command(command, check_health)  # type: ignore[misc]
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise asyncio.CancelledError
