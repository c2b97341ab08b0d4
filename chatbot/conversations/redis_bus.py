"""The channel layer of several processes: the in-process bus, and Redis pub/sub between the buses.

Channels' own Redis layers open no socket while Redis is away, and tell nobody that hints were missed. Here a
hint reaches its own process without Redis; what others missed while it was away is made good by one hint to
look again. Hints go out in batches, so that Redis sees at most fifty messages a second from each process.
"""

import asyncio
import json
import logging
from contextlib import aclosing
from typing import Any
from uuid import uuid4
from weakref import WeakKeyDictionary

from redis.exceptions import RedisError

from chatbot.conversations.bus import LOOK_AGAIN, InProcessLayer, Key, Message, key_of
from chatbot.conversations.redis_client import connect

logger = logging.getLogger(__name__)

_CHANNEL = "parley:hints"
_EVERYBODY = "*"
_BATCH_SECONDS = 0.02
# A process hears its own batches too, and sends one so often even if there are no hints.
_BEAT_SECONDS = 1.0
_SILENCE_SECONDS = 3.0
_RETRY_SECONDS = 0.5

Hint = tuple[str, Message]


class RedisLayer(InProcessLayer):
    """A channel layer for messages with hashable values, between the processes that use one Redis."""

    def __init__(self, url: str, **_options: Any) -> None:
        super().__init__()
        self._url = url
        self._links: WeakKeyDictionary[asyncio.AbstractEventLoop, _Link] = WeakKeyDictionary()

    async def group_add(self, group: str, channel: str) -> None:
        """Let `channel` receive what is sent to `group` in any process."""
        await super().group_add(group, channel)
        loop = asyncio.get_running_loop()
        if loop not in self._links:
            self._links[loop] = _Link(self._url, self)

    async def group_send(self, group: str, message: Message) -> None:
        """Put `message` into every channel of `group`: here at once, in other processes soon.

        Raises RedisError only where the loop has no channels: it is short-lived then and cannot try later.
        """
        await self.group_send_here(group, message)
        link = self._links.get(asyncio.get_running_loop())
        if link is not None:
            link.send(group, message)
            return
        async with aclosing(connect(self._url)) as client:
            await client.publish(_CHANNEL, _batch("", [(group, message)]))

    async def group_send_here(self, group: str, message: Message) -> None:
        """Put `message` into the channels of `group` in this process; the group “*” has them all."""
        if group != _EVERYBODY:
            await super().group_send(group, message)
            return
        for name in list(self._groups):
            await super().group_send(name, message)


class _Link:
    """One loop's connection to the other processes."""

    def __init__(self, url: str, layer: RedisLayer) -> None:
        self._url = url
        self._layer = layer
        self._name = uuid4().hex
        # A dict keeps what is sent in order and equal hints once.
        self._outbox: dict[tuple[str, Key], Hint] = {}
        self._filled = asyncio.Event()
        self._failed = False
        self._tasks = [asyncio.create_task(self._publish()), asyncio.create_task(self._listen())]

    def send(self, group: str, message: Message) -> None:
        """Send a hint to the other processes with the next batch."""
        self._outbox[group, key_of(message)] = (group, message)
        self._filled.set()

    async def _publish(self) -> None:
        async with aclosing(connect(self._url)) as client:
            while True:
                try:
                    async with asyncio.timeout(_BEAT_SECONDS):
                        await self._filled.wait()
                except TimeoutError:
                    pass
                self._filled.clear()
                hints, self._outbox = list(self._outbox.values()), {}
                if self._failed:
                    hints = [(_EVERYBODY, LOOK_AGAIN)]
                try:
                    await client.publish(_CHANNEL, _batch(self._name, hints))
                except RedisError as error:
                    self._note_failure(error)
                    await asyncio.sleep(_RETRY_SECONDS)
                else:
                    self._failed = False
                    await asyncio.sleep(_BATCH_SECONDS)

    async def _listen(self) -> None:
        while True:
            try:
                async with aclosing(connect(self._url)) as client, aclosing(client.pubsub()) as subscription:
                    await subscription.subscribe(_CHANNEL)
                    while True:
                        message = await subscription.get_message(timeout=_SILENCE_SECONDS)
                        if message is None:
                            raise RedisError(f"nothing heard for {_SILENCE_SECONDS:g} s")
                        await self._receive(message)
            except RedisError as error:
                self._note_failure(error)
                await asyncio.sleep(_RETRY_SECONDS)

    async def _receive(self, message: dict[str, Any]) -> None:
        if message["type"] == "subscribe":
            # What was sent until now has not been heard.
            await self._layer.group_send_here(_EVERYBODY, LOOK_AGAIN)
        elif message["type"] == "message":
            batch = json.loads(message["data"])
            if batch["from"] != self._name:
                for group, hint in batch["hints"]:
                    await self._layer.group_send_here(group, hint)

    def _note_failure(self, error: Exception) -> None:
        if not self._failed:
            logger.warning("no hints to and from other processes: %s", error)
        self._failed = True


def _batch(sender: str, hints: list[Hint]) -> str:
    return json.dumps({"from": sender, "hints": hints})
