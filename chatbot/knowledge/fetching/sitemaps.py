"""Sitemaps: the pages that a site lists itself (https://www.sitemaps.org/protocol.html)."""

import gzip
import io
import time
import zlib
from collections import deque
from collections.abc import Callable

from chatbot.knowledge.fetching.addresses import Address, address_of, joined
from chatbot.knowledge.fetching.following import follow
from chatbot.knowledge.fetching.limits import DEFAULT, MIB, FetchLimits
from chatbot.knowledge.fetching.not_fetched import NotFetched, not_fetched
from chatbot.knowledge.fetching.robots import Robots
from chatbot.knowledge.parsing import Unreadable, sitemap_entries

SITEMAPS_MAX = 50
DEPTH_MAX = 3
# The protocol allows 50 MB; what is read here is read at once.
SITEMAP_MAX_BYTES = 20 * MIB
_ENTRIES_READ = 50_000


def sitemap(
    url: str,
    limit: int = 1000,
    *,
    robots: Robots | None = None,
    limits: FetchLimits = DEFAULT,
    should_stop: Callable[[], bool] = lambda: False,
) -> list[str]:
    """Return up to `limit` pages of the sitemap's own host, each once, in its order.

    An index is followed to further sitemaps of that host, 3 deep and 50 in all; one of those that fails is
    left out. Raises NotFetched for the first one: the codes of `fetch`, and "no_sitemap".
    """
    robots = robots or Robots()
    start = address_of(url)
    found: dict[str, None] = {}
    waiting = deque([(start, 0)])
    seen = {start.url}
    asked = 0
    while waiting and len(found) < limit and asked < SITEMAPS_MAX and not should_stop():
        address, depth = waiting.popleft()
        asked += 1
        try:
            pages, further = _entries(address, robots, limits)
        except NotFetched:
            if address is start:
                raise
            continue
        for page in _of_host(start, pages):
            if len(found) < limit:
                found[page.url] = None
        for inner in _of_host(start, further):
            if inner.url not in seen and depth < DEPTH_MAX:
                seen.add(inner.url)
                waiting.append((inner, depth + 1))
    return list(found)


def _entries(address: Address, robots: Robots, limits: FetchLimits) -> tuple[list[str], list[str]]:
    _final, got = follow(
        address,
        deadline=time.monotonic() + limits.seconds,
        max_bytes=SITEMAP_MAX_BYTES,
        accepts=lambda media_type: True,
        check=robots.check,
    )
    content = got.content
    if content.startswith(b"\x1f\x8b"):
        content = _unpacked(content, address)
    if not content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        if got.media_type.startswith("text/plain"):
            # One address to a line, which the protocol allows too.
            return content.decode("utf-8", "replace").split()[:_ENTRIES_READ], []
        raise not_fetched("no_sitemap", address.url)
    try:
        return sitemap_entries(content, limit=_ENTRIES_READ)
    except Unreadable:
        raise not_fetched("no_sitemap", address.url) from None


def _unpacked(content: bytes, address: Address) -> bytes:
    try:
        with gzip.open(io.BytesIO(content)) as packed:
            unpacked = packed.read(SITEMAP_MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error):
        raise not_fetched("broken_answer", address.url) from None
    if len(unpacked) > SITEMAP_MAX_BYTES:
        raise not_fetched("too_large", address.url, str(SITEMAP_MAX_BYTES // MIB))
    return unpacked


def _of_host(start: Address, urls: list[str]) -> list[Address]:
    """Return the addresses that are of the same host; the others, and what is no address, are left out."""
    found = []
    for url in urls:
        try:
            address = joined(start, url)
        except NotFetched:
            continue
        if address.same_host(start):
            found.append(address)
    return found
