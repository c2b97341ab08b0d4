"""The visitor's socket: it parses frames, calls `posting` or `visiting`, and lets `Delivery` send news.

Frames wait in an inbox for a task that takes them in order, so that a slow database holds up neither the
reading of the socket nor the answer to a ping.
"""

import asyncio
import json
import logging
import math
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from django import db
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from accounts.networks import network_of_client
from accounts.policy import Policy, policy
from chatbot.conversations import hints, metrics, posting, visiting
from chatbot.conversations.models import Visitor
from chatbot.conversations.refusals import Refused
from chatbot.conversations.sockets.allowance import Allowance
from chatbot.conversations.sockets.close_codes import (
    ABUSE,
    HELLO_TIMEOUT,
    INTERNAL_ERROR,
    NEW_TICKET_NEEDED,
    NOT_ALLOWED,
    OVERLOADED,
    RESTART,
    TOO_BIG,
)
from chatbot.conversations.sockets.delivery import Delivery
from chatbot.conversations.sockets.frame_parsing import FrameRefused
from chatbot.conversations.sockets.hinted_consumer import HintedConsumer
from chatbot.conversations.sockets.open_sockets import open_sockets
from chatbot.conversations.sockets.outflow import Outflow
from chatbot.conversations.streams import get_streams
from chatbot.database_calls import in_database
from chatbot.databases import AWAY
from chatbot.privacy import masking
from chatbot.widget import frames
from chatbot.widget.entering import enter
from chatbot.widget.models import Ticket

logger = logging.getLogger(__name__)

HELLO_SECONDS = 5.0
# A client that goes on sending what is no frame at all is not one of ours.
_MAX_BAD_FRAMES = 20
# Frames of any kind for each message: far above what pings, acknowledgements and typing need.
_FRAMES_A_MESSAGE = 12
_MOST_WAITING_FRAMES = 100
_TYPING_A_MINUTE = 30
# Too many sockets: how long a client shall wait, in seconds.
_TURNED_AWAY_SECONDS = 30
# Before a restart: for what the client has not seen yet, for the last frame, and until it shall try again.
_LAST_NEWS_SECONDS = 2.0
_CLOSING_FRAME_SECONDS = 1.0
_DRAINING_RETRY_SECONDS = 1

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

Result = TypeVar("Result")


@policy(Policy.VISITOR)
class VisitorConsumer(HintedConsumer):
    """One socket of one visitor, in one conversation after its hello."""

    visitor: Visitor
    delivery: Delivery | None = None
    joining: Delivery | None = None
    delivering: asyncio.Task[None] | None = None
    expecting_hello: asyncio.Task[None] | None = None
    working: asyncio.Task[None] | None = None
    language = "en"
    bad_frames = 0
    closing = False

    async def connect(self) -> None:
        self.inbox: deque[frames.Frame | FrameRefused] = deque()
        self.any_frames = Allowance(_FRAMES_A_MESSAGE * settings.SOCKET_MESSAGES_A_MINUTE)
        self.messages = Allowance(settings.SOCKET_MESSAGES_A_MINUTE)
        self.typing = Allowance(_TYPING_A_MINUTE)
        self.surplus_messages = Allowance(settings.SOCKET_MESSAGES_A_MINUTE)
        await self.accept()
        if open_sockets.draining:
            await self.close_for_restart()
            return
        open_sockets.add(self)
        network = network_of_client(self.scope.get("client"))
        if network is not None and not open_sockets.claim(
            self, ("network", network), settings.SOCKETS_PER_NETWORK
        ):
            await self._turn_away()
            return
        self.expecting_hello = asyncio.create_task(self._close_without_hello())

    async def disconnect(self, code: int) -> None:
        open_sockets.discard(self)
        if self.expecting_hello is not None:
            self.expecting_hello.cancel()
        if self.working is not None:
            # What the client sent before it left still counts.
            await asyncio.wait({self.working})
        if self.delivering is not None:
            self.delivering.cancel()
        if self.delivery is not None:
            await self.channel_layer.group_discard(
                hints.group_of(self.delivery.conversation_id), self.channel_name
            )

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Answer at once what needs no database and put the rest into the inbox."""
        if self.closing:
            return
        if self.any_frames.take() or len(self.inbox) >= _MOST_WAITING_FRAMES:
            await self._close_for_abuse()
            return
        try:
            frame: frames.Frame | FrameRefused = frames.parse(text_data)
        except FrameRefused as refusal:
            logger.info("frame refused: %s %s", refusal.code, masking.for_log(text_data or ""))
            frame = refusal
        if self.delivery is not None and isinstance(frame, frames.Ping | frames.Ack | frames.Typing):
            await getattr(self, f"on_{frame.type}")(frame)
            return
        self.inbox.append(frame)
        if self.working is None or self.working.done():
            self.working = asyncio.create_task(self._work())

    async def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Close the socket; what the client has sent and will send is ignored."""
        self.closing = True
        self.inbox.clear()
        await super().close(code, reason)

    async def _work(self) -> None:
        """Take the frames of the inbox, in order, until it is empty."""
        try:
            while self.inbox:
                await self._take(self.inbox.popleft())
        except Exception:
            logger.exception("a frame could not be handled")
            await self.close(INTERNAL_ERROR)

    async def _take(self, frame: frames.Frame | FrameRefused) -> None:
        try:
            if isinstance(frame, FrameRefused):
                raise frame
            if (self.delivery is None) != isinstance(frame, frames.Hello):
                raise FrameRefused("hello_first", _("The first frame, and only the first, is a hello."))
            if isinstance(frame, frames.Send | frames.Regenerate):
                self._count_message()
            await getattr(self, f"on_{frame.type}")(frame)
        except FrameRefused as refusal:
            await self._refuse_frame(refusal)
        except Refused as refusal:
            await self._refuse(refusal, getattr(frame, "client_id", None))
        except db.Error as error:
            logger.warning("a frame met a database error: %s", error, exc_info=not isinstance(error, AWAY))
            await self._refuse(self._unavailable(), getattr(frame, "client_id", None))
            if self.delivery is None:
                await self.close(OVERLOADED)

    def _count_message(self) -> None:
        """Raise Refused when this socket has sent more messages than it may in a minute."""
        seconds = self.messages.take()
        if seconds:
            raise Refused("too_many", "", retry_after=math.ceil(seconds))

    @policy(Policy.VISITOR)
    async def on_hello(self, frame: frames.Hello) -> None:
        """Redeem the ticket, join the conversation and welcome the client; close 4401 or 4403 otherwise."""
        self.language = _supported(frame.language)
        try:
            self.visitor, conversation_id = await self._call(
                enter, frame.ticket, frame.conversation, self.language
            )
        except Ticket.DoesNotExist:
            await self._send_error("ticket", _("This ticket is unknown, used or expired."))
            await self.close(NEW_TICKET_NEEDED)
            return
        except Refused as refusal:
            await self._refuse(refusal, None)
            await self.close(NOT_ALLOWED)
            return
        if self.expecting_hello is not None:
            self.expecting_hello.cancel()
        if not open_sockets.claim(self, ("visitor", self.visitor.pk), settings.SOCKETS_PER_VISITOR):
            await self._turn_away()
            return
        try:
            await self._join(conversation_id, frame.after)
        except Refused as refusal:
            await self._refuse(refusal, None)
            await self.close(NOT_ALLOWED)

    @policy(Policy.VISITOR)
    async def on_send(self, frame: frames.Send) -> None:
        """Store the message and confirm it; the message itself comes as an event."""
        self._refuse_while_draining()
        if self._delivery.assistant_answers:
            posting.refuse_in_a_crowd(self._conversation_id)
        message = await self._call(
            posting.send, self.visitor, self._conversation_id, frame.client_id, frame.text
        )
        await self._send_frame(
            {"type": "accepted", "client_id": frame.client_id, "message": message.public_id}
        )

    @policy(Policy.VISITOR)
    async def on_stop(self, frame: frames.Stop) -> None:
        await self._call(posting.stop, self.visitor, self._conversation_id, frame.message)

    @policy(Policy.VISITOR)
    async def on_regenerate(self, frame: frames.Regenerate) -> None:
        self._refuse_while_draining()
        await self._call(posting.regenerate, self.visitor, self._conversation_id, frame.message)

    @policy(Policy.VISITOR)
    async def on_feedback(self, frame: frames.Feedback) -> None:
        await self._call(posting.rate, self.visitor, self._conversation_id, frame.message, frame.value)

    @policy(Policy.VISITOR)
    async def on_end(self, frame: frames.End) -> None:
        await self._call(posting.end, self.visitor, self._conversation_id)

    @policy(Policy.VISITOR)
    async def on_handoff(self, frame: frames.Handoff) -> None:
        await self._call(visiting.ask_for_person, self.visitor, self._conversation_id, frame.wanted)

    @policy(Policy.VISITOR)
    async def on_contact(self, frame: frames.Contact) -> None:
        await self._call(visiting.leave_address, self.visitor, self._conversation_id, frame.address)

    @policy(Policy.VISITOR)
    async def on_rating(self, frame: frames.Rating) -> None:
        await self._call(visiting.rate, self.visitor, self._conversation_id, frame.score, frame.comment)

    @policy(Policy.VISITOR)
    async def on_seen(self, frame: frames.Seen) -> None:
        await self._call(visiting.note_seen, self.visitor, self._conversation_id, frame.seq)

    @policy(Policy.VISITOR)
    async def on_page(self, frame: frames.Page) -> None:
        await self._call(visiting.note_page, self.visitor, self._conversation_id, frame.url, frame.title)

    @policy(Policy.VISITOR)
    async def on_typing(self, frame: frames.Typing) -> None:
        """Let operators see it, once in a while; what comes faster says nothing more."""
        if not self.typing.take():
            await hints.show_typing(self._conversation_id, "visitor")

    @policy(Policy.VISITOR)
    async def on_ack(self, frame: frames.Ack) -> None:
        """The client has read so many frames of this socket, so there is room for more."""
        if self._outflow is not None:
            self._outflow.confirm(frame.frames)

    @policy(Policy.VISITOR)
    async def on_ping(self, frame: frames.Ping) -> None:
        """Answer, and look for events whose hint was lost.

        A client that has many frames to read yet needs no other sign of life, and its acknowledgements must
        not wait behind one.
        """
        assert self.delivery is not None
        if self._outflow is None or not self._outflow.full:
            await self._send_frame({"type": "pong", "seq": self.delivery.seq})
        self.delivery.conversation_changed()

    @policy(Policy.VISITOR)
    async def on_resync(self, frame: frames.Resync) -> None:
        """Welcome the client again, from what it has."""
        await self._join(self._conversation_id, frame.after)

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

    async def person_typing(self, hint: dict[str, Any]) -> None:
        """Channel layer: somebody types; the visitor is shown operators only."""
        if hint["author"] == "operator":
            await self._send_frame({"type": "typing", "author": "operator", "name": hint["name"] or None})

    async def visitor_blocked(self, hint: dict[str, Any]) -> None:
        """Channel layer: the staff has shut this visitor out."""
        await self.close(NOT_ALLOWED)

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
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSING_FRAME_SECONDS):
                await self._send_frame({"type": "closing", "reason": "restart"})
        await self.close(RESTART)

    @property
    def awaits_reply(self) -> bool:
        """Whether the client sees a reply grow, or waits for one to begin."""
        return self.delivery is not None and self.delivery.awaits_reply

    @property
    def _outflow(self) -> Outflow | None:
        """What the server knows of the client's reading; in memory, as in tests, there is none."""
        return self.scope.get("outflow")

    @property
    def _hearing(self) -> list[Delivery]:
        """The deliveries that hints concern."""
        return [delivery for delivery in (self.delivery, self.joining) if delivery is not None]

    @property
    def _delivery(self) -> Delivery:
        assert self.delivery is not None
        return self.delivery

    @property
    def _conversation_id(self) -> str:
        return self._delivery.conversation_id

    async def _join(self, conversation_id: str, after: int) -> None:
        """Replace the delivery by one that begins after `after`; hints come before the snapshot is read."""
        delivery = self.joining = Delivery(conversation_id, self._send_frame, get_streams())
        try:
            await self.channel_layer.group_add(hints.group_of(conversation_id), self.channel_name)
            welcome = await delivery.welcome(
                await self._call(posting.visitors_snapshot, conversation_id, after)
            )
        finally:
            self.joining = None
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

    async def _turn_away(self) -> None:
        """Close on a client that has too many sockets, with the time to wait."""
        metrics.REFUSALS.labels("too_many_sockets").inc()
        await self._send_frame({"type": "busy", "retry_after": _TURNED_AWAY_SECONDS, "client_id": None})
        await self.close(OVERLOADED)

    async def _close_for_abuse(self) -> None:
        metrics.REFUSALS.labels("abuse").inc()
        logger.warning("a client that sends far too much is closed")
        await self.close(ABUSE)

    async def _refuse_frame(self, refusal: FrameRefused) -> None:
        metrics.REFUSALS.labels(refusal.code).inc()
        await self._send_error(refusal.code, refusal.detail)
        self.bad_frames += 1
        if refusal.code == "too_big":
            await self.close(TOO_BIG)
        elif self.delivery is None:
            await self.close(NEW_TICKET_NEEDED)
        elif self.bad_frames >= _MAX_BAD_FRAMES:
            await self._close_for_abuse()

    async def _refuse(self, refusal: Refused, client_id: str | None) -> None:
        metrics.REFUSALS.labels(refusal.code).inc()
        if refusal.retry_after is not None:
            await self._send_frame(
                {"type": "busy", "retry_after": refusal.retry_after, "client_id": client_id}
            )
            if refusal.code == "too_many" and self.surplus_messages.take():
                await self._close_for_abuse()
        else:
            await self._send_error(refusal.code, refusal.detail, client_id)
        if refusal.code == "blocked":
            await self.close(NOT_ALLOWED)

    async def _send_error(self, code: str, detail: str, client_id: str | None = None) -> None:
        await self._send_frame({"type": "error", "code": code, "detail": detail, "client_id": client_id})

    async def _send_frame(self, frame: dict[str, Any]) -> None:
        metrics.FRAMES.labels(frame["type"]).inc()
        await self.base_send({"type": "websocket.send", "text": _encode(frame)})

    async def _call(self, function: Callable[..., Result], *arguments: Any) -> Result:
        """Call a function that uses the database in a thread, in the visitor's language."""

        def call() -> Result:
            with translation.override(self.language):
                return function(*arguments)

        return await in_database(call)


def _supported(language: str) -> str:
    """Return the language to speak to a client that asks for `language`."""
    try:
        return translation.get_supported_language_variant(language)
    except LookupError:
        return "en"
