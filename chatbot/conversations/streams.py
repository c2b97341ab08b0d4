"""The text of replies while they are written, for every process that holds a socket.

A stream only ever grows. Offsets count Unicode characters (code points).
"""

import asyncio
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import redis.asyncio
from django.conf import settings
from redis.exceptions import ResponseError

# A reply that nobody finished leaves its stream behind for this long.
_LIFETIME_SECONDS = 3600


class StreamConflict(Exception):
    """The stream already has text at this offset: somebody else writes this reply."""


class Streams(Protocol):
    async def append(self, message_id: str, offset: int, text: str) -> None:
        """Add `text` at `offset`, which must be the stream's length; raises StreamConflict otherwise."""

    async def read(self, message_id: str, offset: int = 0) -> str:
        """Return the text from `offset` on; empty when there is none (any more)."""

    async def drop(self, message_id: str) -> None:
        """Forget the stream, whose text is in the database now."""


class InProcessStreams:
    """Streams of a single process."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    async def append(self, message_id: str, offset: int, text: str) -> None:
        so_far = self._texts.get(message_id, "")
        if len(so_far) != offset:
            raise StreamConflict(message_id)
        self._texts[message_id] = so_far + text

    async def read(self, message_id: str, offset: int = 0) -> str:
        return self._texts.get(message_id, "")[offset:]

    async def drop(self, message_id: str) -> None:
        self._texts.pop(message_id, None)


class RedisStreams:
    """Streams in Redis: an entry's id is the offset at which it ends, so Redis itself refuses overlaps."""

    def __init__(self, url: str) -> None:
        self._redis = redis.asyncio.Redis.from_url(url, decode_responses=True, health_check_interval=10)

    async def append(self, message_id: str, offset: int, text: str) -> None:
        key = _key(message_id)
        try:
            async with self._redis.pipeline() as pipe:
                pipe.xadd(key, {"offset": offset, "text": text}, id=f"{offset + len(text)}-1")
                pipe.expire(key, _LIFETIME_SECONDS)
                await pipe.execute()
        except ResponseError as error:
            raise StreamConflict(message_id) from error

    async def read(self, message_id: str, offset: int = 0) -> str:
        # The client's types allow for bytes, which decode_responses rules out.
        entries: Any = await self._redis.xrange(_key(message_id), min=f"({offset}-1")
        if not entries:
            return ""
        begin = int(entries[0][1]["offset"])
        return "".join(fields["text"] for _id, fields in entries)[max(0, offset - begin) :]

    async def drop(self, message_id: str) -> None:
        await self._redis.delete(_key(message_id))

    async def aclose(self) -> None:
        """Close the connections to Redis."""
        await self._redis.aclose()


_in_process = InProcessStreams()
_by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, RedisStreams] = WeakKeyDictionary()


def get_streams() -> Streams:
    """Return the streams of this installation for the running event loop."""
    if not settings.REDIS_URL:
        return _in_process
    loop = asyncio.get_running_loop()
    if loop not in _by_loop:
        _by_loop[loop] = RedisStreams(settings.REDIS_URL)
    return _by_loop[loop]


def _key(message_id: str) -> str:
    return f"parley:stream:{message_id}"
