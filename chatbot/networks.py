"""Which network a client comes from, and how many requests it makes."""

import logging
import time
from collections.abc import Sequence
from ipaddress import IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

_WINDOW_SECONDS = 60


class TooManyRequests(Exception):
    """The network has used its requests up for `retry_after` seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after


def network_of(address: str | None) -> str | None:
    """Return the network that `address` counts for: an IPv4 address itself, or the /64 of an IPv6 one.

    None means that nobody counts it: a local socket, and loopback when no proxy is believed, since then it
    is a program of this machine. Behind a proxy loopback is nobody special.
    """
    if address is None:
        return None
    try:
        parsed = ip_address(address.strip())
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is None:
            is_local = parsed.is_loopback and not settings.TRUST_PROXY_HEADERS
            return None if is_local else str(IPv6Network((int(parsed), 64), strict=False))
        parsed = parsed.ipv4_mapped
    return None if parsed.is_loopback and not settings.TRUST_PROXY_HEADERS else str(parsed)


def network_of_client(client: Sequence[str | int] | None) -> str | None:
    """Return the network of an ASGI scope's `client`."""
    return network_of(str(client[0])) if client else None


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
