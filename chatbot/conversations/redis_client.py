"""How Parley speaks to Redis: with short patience, since the database makes good whatever is lost there."""

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

PATIENCE_SECONDS = 1.0


def connect(url: str) -> redis.asyncio.Redis:
    """Return a client for the running loop that fails within about a second rather than wait.

    A connection that a restart of Redis has ended is replaced at once and unseen.
    """
    return redis.asyncio.Redis.from_url(
        url,
        decode_responses=True,
        socket_connect_timeout=PATIENCE_SECONDS,
        socket_timeout=PATIENCE_SECONDS,
        retry=Retry(NoBackoff(), 1),
    )
