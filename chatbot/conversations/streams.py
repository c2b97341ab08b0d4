"""The text of replies while they are written, for every process that holds a socket.

A stream only ever grows. Offsets count Unicode characters (code points).
"""

import asyncio
import logging
import time
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from django.conf import settings
from redis.exceptions import RedisError

from chatbot.conversations.redis_client import connect, connect_without_loop

logger = logging.getLogger(__name__)

# A reply that nobody finished leaves its stream behind for this long.
_LIFETIME_SECONDS = 3600
# Redis that failed is left alone for this long, so that a Redis that hangs does not hold up every piece.
_PAUSE_SECONDS = 1.0

# Appends when the stream has the expected length; returns the length that it had. An entry's id is the offset
# at which the entry ends.
_APPEND = """
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
local length = 0
if last[1] then length = tonumber(string.match(last[1][1], '^%d+')) end
if length == tonumber(ARGV[1]) then
  redis.call('XADD', KEYS[1], ARGV[2] .. '-1', 'offset', ARGV[1], 'text', ARGV[3])
  redis.call('EXPIRE', KEYS[1], ARGV[4])
end
return length
"""


class StreamConflict(Exception):
    """The stream has more text than its writer knows: somebody else writes this reply."""


class Streams(Protocol):
    async def write(self, message_id: str, text: str) -> None:
        """Let the stream hold `text`, which begins with what it holds; raises StreamConflict otherwise."""

    async def read(self, message_id: str, offset: int = 0) -> str:
        """Return the text from `offset` on; empty when there is none (any more)."""

    async def drop(self, message_id: str) -> None:
        """Forget the stream, whose text is in the database now."""

    def leave(self, message_id: str) -> None:
        """Write this stream no longer: whoever takes the reply over does."""


class InProcessStreams:
    """Streams of a single process."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    async def write(self, message_id: str, text: str) -> None:
        if len(self._texts.get(message_id, "")) > len(text):
            raise StreamConflict(message_id)
        self._texts[message_id] = text

    async def read(self, message_id: str, offset: int = 0) -> str:
        return self.text(message_id)[offset:]

    def text(self, message_id: str) -> str:
        """Return the whole text; strings never change, so any thread may ask."""
        return self._texts.get(message_id, "")

    async def drop(self, message_id: str) -> None:
        self._texts.pop(message_id, None)

    def leave(self, message_id: str) -> None:
        """The next writer goes on from here."""


class RedisStreams:
    """Streams in Redis, for the other processes; what this process writes itself it also reads by itself.

    So a Redis that is away delays the text elsewhere only, and one that has lost it gets it again as a whole.
    """

    def __init__(self, url: str) -> None:
        self._redis = connect(url)
        self._append = self._redis.register_script(_APPEND)
        self._own: dict[str, str] = {}
        # How much of each own text Redis has, as far as this process knows.
        self._handed_over: dict[str, int] = {}
        self._paused_until = 0.0

    async def write(self, message_id: str, text: str) -> None:
        if len(self._own.get(message_id, "")) > len(text):
            raise StreamConflict(message_id)
        self._own[message_id] = text
        if time.monotonic() < self._paused_until:
            return
        try:
            await self._hand_over(message_id, text)
        except RedisError as error:
            if not self._paused_until:
                logger.warning("replies are not handed to other processes: %s", error)
            self._paused_until = time.monotonic() + _PAUSE_SECONDS
        else:
            self._paused_until = 0.0

    async def read(self, message_id: str, offset: int = 0) -> str:
        """Return the text from `offset` on; raises RedisError when another process's is out of reach."""
        if message_id in self._own:
            return self._own[message_id][offset:]
        # The client's types allow for bytes, which decode_responses rules out.
        entries: Any = await self._redis.xrange(_key(message_id), min=f"({offset}-1")
        if not entries:
            return ""
        begin = int(entries[0][1]["offset"])
        if begin > offset:
            # What lies between was lost and is about to be written again.
            return ""
        return "".join(fields["text"] for _id, fields in entries)[offset - begin :]

    async def drop(self, message_id: str) -> None:
        self.leave(message_id)
        try:
            await self._redis.delete(_key(message_id))
        except RedisError as error:
            logger.warning("the stream of reply %s is left to expire: %s", message_id, error)

    def leave(self, message_id: str) -> None:
        self._own.pop(message_id, None)
        self._handed_over.pop(message_id, None)

    async def aclose(self) -> None:
        """Close the connections to Redis."""
        await self._redis.aclose()

    async def _hand_over(self, message_id: str, text: str) -> None:
        """Bring Redis to the end of `text`, from wherever it is: a Redis that was emptied is at 0 again."""
        begin, key = self._handed_over.get(message_id, 0), _key(message_id)
        while begin < len(text):
            length = int(await self._append([key], [begin, len(text), text[begin:], _LIFETIME_SECONDS]))
            begin = len(text) if length == begin else length
        if begin > len(text):
            self.leave(message_id)
            raise StreamConflict(message_id)
        self._handed_over[message_id] = begin


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


def text_so_far(message_id: str) -> str:
    """Return what a reply's stream holds, for callers outside an event loop; nothing when out of reach."""
    if not settings.REDIS_URL:
        return _in_process.text(message_id)
    try:
        with connect_without_loop(settings.REDIS_URL) as client:
            entries: Any = client.xrange(_key(message_id))
    except RedisError as error:
        logger.warning("the stream of reply %s is out of reach: %s", message_id, error)
        return ""
    return "".join(fields["text"] for _id, fields in entries)


def _key(message_id: str) -> str:
    return f"parley:stream:{message_id}"
