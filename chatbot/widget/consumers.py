"""The visitor's socket: it parses frames, calls `posting`, and lets `Delivery` send what is new."""

import asyncio
import json
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django import db
from django.utils import translation
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from accounts.policy import Policy, policy
from chatbot.conversations import hints, metrics, posting
from chatbot.conversations.models import Visitor
from chatbot.conversations.posting import Refused
from chatbot.conversations.streams import get_streams
from chatbot.databases import AWAY
from chatbot.privacy import masking
from chatbot.widget import frames
from chatbot.widget.delivery import Delivery
from chatbot.widget.frames import FrameRefused
from chatbot.widget.models import Ticket
from chatbot.widget.sockets import open_sockets

logger = logging.getLogger(__name__)

HELLO_SECONDS = 5.0
# A client that goes on sending what is no frame at all is not one of ours.
_MAX_BAD_FRAMES = 20

NEW_TICKET_NEEDED = 4401
NOT_ALLOWED = 4403
HELLO_TIMEOUT = 4408
ABUSE = 1008
TOO_BIG = 1009
RESTART = 1012
OVERLOADED = 1013
_LAST_NEWS_SECONDS = 2.0
_DRAINING_RETRY_SECONDS = 1

Result = TypeVar("Result")


@policy(Policy.VISITOR)
class VisitorConsumer(AsyncWebsocketConsumer):
    """One socket of one visitor, in one conversation after its hello."""

    visitor: Visitor
    delivery: Delivery | None = None
    delivering: asyncio.Task[None] | None = None
    expecting_hello: asyncio.Task[None] | None = None
    language = "en"
    bad_frames = 0

    async def connect(self) -> None:
        await self.accept()
        if open_sockets.draining:
            await self.close_for_restart()
            return
        open_sockets.add(self)
        self.expecting_hello = asyncio.create_task(self._close_without_hello())

    async def disconnect(self, code: int) -> None:
        open_sockets.discard(self)
        for task in (self.expecting_hello, self.delivering):
            if task is not None:
                task.cancel()
        if self.delivery is not None:
            await self.channel_layer.group_discard(
                hints.group_of(self.delivery.conversation_id), self.channel_name
            )

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        try:
            frame = frames.parse(text_data)
            if (self.delivery is None) != isinstance(frame, frames.Hello):
                raise FrameRefused("hello_first", _("The first frame, and only the first, is a hello."))
            await getattr(self, f"on_{frame.type}")(frame)
        except FrameRefused as refusal:
            await self._refuse_frame(refusal, text_data)
        except Refused as refusal:
            await self._refuse(refusal, getattr(frame, "client_id", None))
        except db.Error as error:
            logger.warning(
                "a %s frame met a database error: %s", frame.type, error, exc_info=not isinstance(error, AWAY)
            )
            await self._refuse(self._unavailable(), getattr(frame, "client_id", None))
            if self.delivery is None:
                await self.close(OVERLOADED)

    async def on_hello(self, frame: frames.Hello) -> None:
        """Redeem the ticket, join the conversation and welcome the client; close 4401 or 4403 otherwise."""
        self.language = _supported(frame.language)
        try:
            self.visitor = await self._call(Ticket.objects.redeem, frame.ticket)
        except Ticket.DoesNotExist:
            await self._send_error("ticket", _("This ticket is unknown, used or expired."))
            await self.close(NEW_TICKET_NEEDED)
            return
        if self.expecting_hello is not None:
            self.expecting_hello.cancel()
        try:
            conversation_id = await self._call(posting.open_conversation, self.visitor, frame.conversation)
        except Refused as refusal:
            await self._refuse(refusal, None)
            await self.close(NOT_ALLOWED)
            return
        await self._join(conversation_id, frame.after)

    async def on_send(self, frame: frames.Send) -> None:
        """Store the message and confirm it; the message itself comes as an event."""
        self._refuse_while_draining()
        posting.refuse_in_a_crowd(self._conversation_id)
        message = await self._call(
            posting.send, self.visitor, self._conversation_id, frame.client_id, frame.text
        )
        await self._send_frame(
            {"type": "accepted", "client_id": frame.client_id, "message": message.public_id}
        )

    async def on_stop(self, frame: frames.Stop) -> None:
        await self._call(posting.stop, self.visitor, self._conversation_id, frame.message)

    async def on_regenerate(self, frame: frames.Regenerate) -> None:
        self._refuse_while_draining()
        await self._call(posting.regenerate, self.visitor, self._conversation_id, frame.message)

    async def on_feedback(self, frame: frames.Feedback) -> None:
        await self._call(posting.rate, self.visitor, self._conversation_id, frame.message, frame.value)

    async def on_end(self, frame: frames.End) -> None:
        await self._call(posting.end, self.visitor, self._conversation_id)

    async def on_handoff(self, frame: frames.Handoff) -> None:
        raise Refused("unavailable", _("Nobody can take over here at the moment."))

    async def on_typing(self, frame: frames.Typing) -> None:
        """Nobody watches the visitor type while the assistant answers alone."""

    async def on_ack(self, frame: frames.Ack) -> None:
        """The client has the events up to this number; the database keeps them all the same."""

    async def on_ping(self, frame: frames.Ping) -> None:
        """Answer, and look for events whose hint was lost."""
        assert self.delivery is not None
        await self._send_frame({"type": "pong", "seq": self.delivery.seq})
        self.delivery.conversation_changed()

    async def on_resync(self, frame: frames.Resync) -> None:
        """Welcome the client again, from what it has."""
        await self._join(self._conversation_id, frame.after)

    async def conversation_changed(self, hint: dict[str, Any]) -> None:
        """Channel layer: the conversation has new events."""
        if self.delivery is not None:
            self.delivery.conversation_changed()

    async def reply_grew(self, hint: dict[str, Any]) -> None:
        """Channel layer: a reply has more text."""
        if self.delivery is not None:
            self.delivery.reply_grew(hint["message"])

    async def look_again(self, hint: dict[str, Any]) -> None:
        """Channel layer: hints may have been missed."""
        if self.delivery is not None:
            self.delivery.look_again()

    async def reply_stop(self, hint: dict[str, Any]) -> None:
        """Channel layer: meant for the reply's runner."""

    async def close_for_restart(self) -> None:
        """Send what is new, tell the client that the server goes away, and close with 1012."""
        if self.delivering is not None and self.delivery is not None:
            self.delivering.cancel()
            self.delivery.look_again()
            with suppress(TimeoutError, db.Error, RedisError):
                async with asyncio.timeout(_LAST_NEWS_SECONDS):
                    await self.delivery.send_news()
        await self._send_frame({"type": "closing", "reason": "restart"})
        await self.close(RESTART)

    @property
    def awaits_reply(self) -> bool:
        """Whether the client sees a reply grow, or waits for one to begin."""
        return self.delivery is not None and self.delivery.awaits_reply

    @property
    def _conversation_id(self) -> str:
        assert self.delivery is not None
        return self.delivery.conversation_id

    async def _join(self, conversation_id: str, after: int) -> None:
        """Replace the delivery by one that begins after `after`; hints come before the snapshot is read."""
        await self.channel_layer.group_add(hints.group_of(conversation_id), self.channel_name)
        last_seq, unfinished = await self._call(posting.snapshot, conversation_id)
        delivery = Delivery(conversation_id, self._send_frame, get_streams())
        welcome = await delivery.welcome(after, last_seq, unfinished)
        # Until here the earlier delivery goes on, for nothing is lost when the database is away.
        if self.delivering is not None:
            self.delivering.cancel()
        self.delivery = delivery
        await self._send_frame(welcome)
        self.delivering = asyncio.create_task(delivery.run())

    def _refuse_while_draining(self) -> None:
        """What begins now would not end in this process; the client repeats it, here or elsewhere."""
        if open_sockets.draining:
            raise Refused("busy", "", retry_after=_DRAINING_RETRY_SECONDS)

    def _unavailable(self) -> Refused:
        with translation.override(self.language):
            return Refused("unavailable", _("This did not work just now. Please try again."))

    async def _close_without_hello(self) -> None:
        await asyncio.sleep(HELLO_SECONDS)
        await self.close(HELLO_TIMEOUT)

    async def _refuse_frame(self, refusal: FrameRefused, text: str | None) -> None:
        logger.info("frame refused: %s %s", refusal.code, masking.for_log(text or ""))
        metrics.REFUSALS.labels(refusal.code).inc()
        await self._send_error(refusal.code, refusal.detail)
        self.bad_frames += 1
        if refusal.code == "too_big":
            await self.close(TOO_BIG)
        elif self.delivery is None:
            await self.close(NEW_TICKET_NEEDED)
        elif self.bad_frames >= _MAX_BAD_FRAMES:
            await self.close(ABUSE)

    async def _refuse(self, refusal: Refused, client_id: str | None) -> None:
        metrics.REFUSALS.labels(refusal.code).inc()
        if refusal.retry_after is not None:
            await self._send_frame(
                {"type": "busy", "retry_after": refusal.retry_after, "client_id": client_id}
            )
        else:
            await self._send_error(refusal.code, refusal.detail, client_id)

    async def _send_error(self, code: str, detail: str, client_id: str | None = None) -> None:
        await self._send_frame({"type": "error", "code": code, "detail": detail, "client_id": client_id})

    async def _send_frame(self, frame: dict[str, Any]) -> None:
        metrics.FRAMES.labels(frame["type"]).inc()
        await self.send(text_data=json.dumps(frame, ensure_ascii=False))

    async def _call(self, function: Callable[..., Result], *arguments: Any) -> Result:
        """Call a function that uses the database in this connection's thread, in the visitor's language."""

        def call() -> Result:
            with translation.override(self.language):
                return function(*arguments)

        return await database_sync_to_async(call)()


def _supported(language: str) -> str:
    """Return the language to speak to a client that asks for `language`."""
    try:
        return translation.get_supported_language_variant(language)
    except LookupError:
        return "en"
