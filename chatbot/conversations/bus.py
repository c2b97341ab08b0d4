"""The channel layer of a single process: hints that coalesce instead of queues that overflow.

Channels' own in-memory layer drops messages silently when a channel holds 100 and takes channels out of
their groups when a message expires. Here equal messages that nobody has read yet are one message, so a
reader that was slow finds a hint once and then reads the truth from the database. Nothing expires.
"""

import asyncio
from collections import defaultdict
from typing import Any
from uuid import uuid4

from channels.layers import BaseChannelLayer

Message = dict[str, Any]
Key = tuple[tuple[str, Any], ...]

# Stands for any messages that were missed.
LOOK_AGAIN: Message = {"type": "look.again"}

# Different messages in one channel: far above what one conversation can cause, a bound all the same. A reader
# that is so far behind is told to look at everything.
_LIMIT = 1000


class _Channel:
    """The unread messages of one reader, bound to the loop that reads them."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.unread: dict[Key, Message] = {}
        self.filled = asyncio.Event()

    def put(self, message: Message) -> None:
        key = key_of(message)
        if key not in self.unread and len(self.unread) >= _LIMIT:
            self.unread = {key_of(LOOK_AGAIN): LOOK_AGAIN}
        self.unread[key] = message
        self.filled.set()

    async def take(self) -> Message:
        while not self.unread:
            self.filled.clear()
            await self.filled.wait()
        return self.unread.pop(next(iter(self.unread)))


def key_of(message: Message) -> Key:
    """Return what makes equal messages one."""
    return tuple(sorted(message.items()))


class InProcessLayer(BaseChannelLayer):
    """A channel layer for messages with hashable values, within one process."""

    extensions = ["groups"]

    def __init__(self, **_options: Any) -> None:
        super().__init__()
        self._channels: dict[str, _Channel] = {}
        self._groups: dict[str, set[str]] = defaultdict(set)

    async def new_channel(self, prefix: str = "specific") -> str:
        """Return the name of a new channel that the running loop reads."""
        name = f"{prefix}.{uuid4().hex}"
        self._channels[name] = _Channel()
        return name

    async def send(self, channel: str, message: Message) -> None:
        """Put `message` into `channel`; a message for a reader that is gone is dropped."""
        reader = self._channels.get(channel)
        if reader is None:
            return
        if reader.loop.is_closed():
            self._forget(channel)
        elif reader.loop is asyncio.get_running_loop():
            reader.put(message)
        else:
            reader.loop.call_soon_threadsafe(reader.put, message)

    async def receive(self, channel: str) -> Message:
        """Wait for a message in `channel` and return it."""
        reader = self._channels.get(channel)
        if reader is None:
            reader = self._channels[channel] = _Channel()
        try:
            return await reader.take()
        except asyncio.CancelledError:
            # Channels cancels the reader when its socket is gone.
            self._forget(channel)
            raise

    async def group_add(self, group: str, channel: str) -> None:
        """Let `channel` receive what is sent to `group`."""
        self._groups[group].add(channel)

    async def group_discard(self, group: str, channel: str) -> None:
        """Undo `group_add`; does nothing when the channel is not in the group."""
        members = self._groups.get(group)
        if members is not None:
            members.discard(channel)
            if not members:
                del self._groups[group]

    async def group_send(self, group: str, message: Message) -> None:
        """Put `message` into every channel of `group`."""
        for channel in list(self._groups.get(group, ())):
            await self.send(channel, message)

    def _forget(self, channel: str) -> None:
        self._channels.pop(channel, None)
        for group in [name for name, members in self._groups.items() if channel in members]:
            self._groups[group].discard(channel)
            if not self._groups[group]:
                del self._groups[group]
