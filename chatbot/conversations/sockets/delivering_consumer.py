"""A socket that brings one conversation at a time: joins it, hears its hints, and leaves it.

Hints do not say which conversation they mean, so a socket is never in the groups of two.
"""

import asyncio
from contextlib import suppress
from typing import Any

from django import db
from redis.exceptions import RedisError

from accounts.policy import Policy, policy
from chatbot.conversations import hints, posting
from chatbot.conversations.posting import Snapshot
from chatbot.conversations.sockets.close_codes import RESTART
from chatbot.conversations.sockets.conversation_frames import Ack, Ping, Resync
from chatbot.conversations.sockets.delivery import Delivery
from chatbot.conversations.sockets.framed_consumer import FramedConsumer
from chatbot.conversations.sockets.open_sockets import open_sockets
from chatbot.conversations.streams import get_streams

# Before a restart: for what the client has not seen yet, and for the last frame.
LAST_NEWS_SECONDS = 2.0
CLOSING_FRAME_SECONDS = 1.0


class DeliveringConsumer(FramedConsumer):
    """Subclasses let clients in and call `join` once they know which conversation a client may have."""

    # What the client has been welcomed to, and the task that sends its news once the welcome is out.
    delivery: Delivery | None = None
    delivering: asyncio.Task[None] | None = None
    # What the client is to be welcomed to.
    joining: Delivery | None = None

    async def accept_unless_draining(self) -> bool:
        """Accept and count the socket; while the server goes away, close it with 1012 and return False."""
        await self.accept()
        if open_sockets.draining:
            await self.close_for_restart()
            return False
        open_sockets.add(self)
        return True

    async def disconnect(self, code: int) -> None:
        """Forget the socket; what its client sent before it left still counts."""
        open_sockets.discard(self)
        if self.working is not None:
            await asyncio.wait({self.working})
        await self.leave()

    def snapshot(self, conversation_id: str, after: int) -> Snapshot:
        """Return what a client lacks that knows the events up to `after`; called in a database thread.

        May raise Refused when the client may not have it.
        """
        return posting.snapshot(conversation_id, after)

    async def join(self, conversation_id: str, after: int) -> None:
        """Welcome the client to the conversation, from the event `after` on, and send its news from then on.

        Nothing is lost between the two, for hints are heard before the snapshot is read. An earlier delivery
        of this conversation goes on until the welcome, also when that fails; another conversation is left.
        A socket that closes or leaves meanwhile gets no welcome. Raises what `snapshot` raises.
        """
        if self.delivery is not None and self.delivery.conversation_id != conversation_id:
            await self.leave()
        delivery = self.joining = Delivery(conversation_id, self.send_frame, get_streams())
        try:
            await self.channel_layer.group_add(hints.group_of(conversation_id), self.channel_name)
            welcome = await delivery.welcome(await self.call(self.snapshot, conversation_id, after))
            if self.joining is delivery and not self.closing:
                self._stop_delivering()
                self.delivery = delivery
        finally:
            self.joining = None
            if self.delivery is None:
                await self.channel_layer.group_discard(hints.group_of(conversation_id), self.channel_name)
        if self.delivery is delivery:
            await self.send_frame(welcome)
        # Looked at again, for sending may take long.
        if self.delivery is delivery:
            self.delivering = asyncio.create_task(delivery.run())

    async def leave(self) -> None:
        """Bring nothing more of the conversation, whether joined or being joined."""
        self._stop_delivering()
        conversation_id = self.conversation_id
        self.delivery = self.joining = None
        if conversation_id is not None:
            await self.channel_layer.group_discard(hints.group_of(conversation_id), self.channel_name)

    @policy(Policy.SOCKET)
    async def on_resync(self, frame: Resync) -> None:
        """Welcome the client again, from what it has."""
        if self.delivery is not None:
            await self.join(self.delivery.conversation_id, frame.after)

    @policy(Policy.SOCKET)
    async def on_ack(self, frame: Ack) -> None:
        """The client has read so many frames of this socket, so there is room for more."""
        if self.outflow is not None:
            self.outflow.confirm(frame.frames)

    @policy(Policy.SOCKET)
    async def on_ping(self, frame: Ping) -> None:
        """Answer, and look for events whose hint was lost.

        A client that has many frames to read yet needs no other sign of life, and its acknowledgements must
        not wait behind one.
        """
        if self.outflow is None or not self.outflow.full:
            await self.send_frame({"type": "pong", "seq": self.delivery.seq if self.delivery else 0})
        if self.delivery is not None:
            self.delivery.conversation_changed()

    async def conversation_changed(self, hint: dict[str, Any]) -> None:
        """Channel layer: the conversation has new events."""
        for delivery in self._hearing:
            delivery.conversation_changed()

    async def reply_grew(self, hint: dict[str, Any]) -> None:
        """Channel layer: a reply has more text."""
        for delivery in self._hearing:
            delivery.reply_grew(hint["message"])

    async def look_again(self, hint: dict[str, Any]) -> None:
        """Channel layer: hints may have been missed."""
        for delivery in self._hearing:
            delivery.look_again()

    async def reply_stop(self, hint: dict[str, Any]) -> None:
        """Channel layer: meant for the reply's runner."""

    async def close_for_restart(self) -> None:
        """Send what is new, tell the client that the server goes away, and close with 1012."""
        if self.delivering is not None and self.delivery is not None:
            self._stop_delivering()
            self.delivery.look_again()
            with suppress(TimeoutError, db.Error, RedisError):
                async with asyncio.timeout(LAST_NEWS_SECONDS):
                    await self.delivery.send_news()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSING_FRAME_SECONDS):
                await self.send_frame({"type": "closing", "reason": "restart"})
        await self.close(RESTART)

    @property
    def awaits_reply(self) -> bool:
        """Whether the client sees a reply grow, or waits for one to begin."""
        return self.delivery is not None and self.delivery.awaits_reply

    def about(self) -> dict[str, str]:
        """Return what the log's lines about a frame carry: the conversation."""
        return {"conversation": self.conversation_id} if self.conversation_id is not None else {}

    @property
    def conversation_id(self) -> str | None:
        """The conversation that is joined, or being joined."""
        delivery = self.delivery or self.joining
        return delivery.conversation_id if delivery is not None else None

    @property
    def _hearing(self) -> list[Delivery]:
        """The deliveries that hints concern."""
        return [delivery for delivery in (self.delivery, self.joining) if delivery is not None]

    def _stop_delivering(self) -> None:
        if self.delivering is not None:
            self.delivering.cancel()
            self.delivering = None
