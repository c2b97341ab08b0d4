"""How many requests a network makes."""

import logging
import time

from django.core.cache import cache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

_WINDOW_SECONDS = 60


class TooManyRequests(Exception):
    """The network has used its requests up for `retry_after` seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after


def count_request(kind: str, network: str | None, limit: int) -> None:
    """Count a request of `network`; raises TooManyRequests beyond `limit` a minute.

    All processes count together, in Django's cache. While that is away nothing is counted: a limit must not
    turn visitors out.
    """
    if network is None:
        return
    now = time.time()
    key = f"requests:{kind}:{network}:{int(now // _WINDOW_SECONDS)}"
    try:
        cache.add(key, 0, timeout=2 * _WINDOW_SECONDS)
        count = cache.incr(key)
    except (RedisError, OSError, ValueError) as error:
        logger.warning("requests are not counted: %s", error)
        return
    if count > limit:
        raise TooManyRequests(max(1, int(_WINDOW_SECONDS - now % _WINDOW_SECONDS) + 1))
