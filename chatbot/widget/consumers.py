"""The visitor's socket: it parses frames, calls `posting` or `visiting`, and lets `Delivery` send news."""

import asyncio
import logging
import math
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.networks import network_of_client
from accounts.policy import Policy, policy
from chatbot.conversations import hints, metrics, posting, visiting
from chatbot.conversations.models import Visitor
from chatbot.conversations.posting import Snapshot
from chatbot.conversations.refusals import Refused
from chatbot.conversations.sockets.allowance import Allowance
from chatbot.conversations.sockets.close_codes import (
    HELLO_TIMEOUT,
    NEW_TICKET_NEEDED,
    NOT_ALLOWED,
    OVERLOADED,
)
from chatbot.conversations.sockets.conversation_frames import Ack, Ping
from chatbot.conversations.sockets.delivering_consumer import DeliveringConsumer
from chatbot.conversations.sockets.delivery import Delivery
from chatbot.conversations.sockets.frame_parsing import FrameRefused
from chatbot.conversations.sockets.open_sockets import open_sockets
from chatbot.privacy import masking
from chatbot.widget import frames
from chatbot.widget.entering import enter
from chatbot.widget.models import Ticket

logger = logging.getLogger(__name__)

HELLO_SECONDS = 5.0
_TYPING_A_MINUTE = 30
# Too many sockets: how long a client shall wait, in seconds.
_TURNED_AWAY_SECONDS = 30
# Before a restart: how long until a client shall try again, in seconds.
_DRAINING_RETRY_SECONDS = 1


@policy(Policy.VISITOR)
class VisitorConsumer(DeliveringConsumer):
    """One socket of one visitor, in one conversation after its hello."""

    visitor: Visitor
    expecting_hello: asyncio.Task[None] | None = None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.messages = Allowance(settings.SOCKET_MESSAGES_A_MINUTE)
        self.surplus_messages = Allowance(settings.SOCKET_MESSAGES_A_MINUTE)
        self.typing = Allowance(_TYPING_A_MINUTE)

    async def connect(self) -> None:
        """Let a client in whose network has not too many sockets, and wait for its hello."""
        if not await self.accept_unless_draining():
            return
        network = network_of_client(self.scope.get("client"))
        if network is not None and not open_sockets.claim(
            self, ("network", network), settings.SOCKETS_PER_NETWORK
        ):
            await self._turn_away()
            return
        self.expecting_hello = asyncio.create_task(self._close_without_hello())

    async def disconnect(self, code: int) -> None:
        if self.expecting_hello is not None:
            self.expecting_hello.cancel()
        await super().disconnect(code)

    def parse(self, text: str | None) -> frames.Frame:
        try:
            return frames.parse(text)
        except FrameRefused as refusal:
            logger.info("frame refused: %s %s", refusal.code, masking.for_log(text or ""))
            raise

    def overtakes(self, frame: frames.Frame | FrameRefused) -> bool:
        return self.delivery is not None and isinstance(frame, Ping | Ack | frames.Typing)

    def check(self, frame: frames.Frame) -> None:
        """Take a hello first and never again, and so many messages in a minute.

        Raises FrameRefused with hello_first, or Refused with too_many.
        """
        if (self.delivery is None) != isinstance(frame, frames.Hello):
            with translation.override(self.language):
                raise FrameRefused("hello_first", _("The first frame, and only the first, is a hello."))
        if isinstance(frame, frames.Send | frames.Regenerate) and (seconds := self.messages.take()):
            raise Refused("too_many", "", retry_after=math.ceil(seconds))

    def snapshot(self, conversation_id: str, after: int) -> Snapshot:
        """Return what the visitor lacks; raises Refused with blocked."""
        return posting.visitors_snapshot(conversation_id, after)

    @policy(Policy.VISITOR)
    async def on_hello(self, frame: frames.Hello) -> None:
        """Redeem the ticket, join the conversation and welcome the client; close with 4401 without one.

        Raises Refused, which closes with 4403: not_found or blocked.
        """
        self.language = _supported(frame.language)
        if self.expecting_hello is not None:
            # It has come; what a busy server needs from here on is not the client's fault.
            self.expecting_hello.cancel()
        try:
            self.visitor, conversation_id = await self.call(
                enter, frame.ticket, frame.conversation, self.language
            )
        except Ticket.DoesNotExist:
            with translation.override(self.language):
                detail = _("This ticket is unknown, used or expired.")
            await self.send_error("ticket", detail)
            await self.close(NEW_TICKET_NEEDED)
            return
        if not open_sockets.claim(self, ("visitor", self.visitor.pk), settings.SOCKETS_PER_VISITOR):
            await self._turn_away()
            return
        await self.join(conversation_id, frame.after)

    @policy(Policy.VISITOR)
    async def on_send(self, frame: frames.Send) -> None:
        """Store the message and confirm it; the message itself comes as an event."""
        self._refuse_while_draining()
        if self._joined.assistant_answers:
            posting.refuse_in_a_crowd(self._joined.conversation_id)
        message = await self.call(
            posting.send, self.visitor, self._joined.conversation_id, frame.client_id, frame.text
        )
        await self.send_frame(
            {"type": "accepted", "client_id": frame.client_id, "message": message.public_id}
        )

    @policy(Policy.VISITOR)
    async def on_stop(self, frame: frames.Stop) -> None:
        await self.call(posting.stop, self.visitor, self._joined.conversation_id, frame.message)

    @policy(Policy.VISITOR)
    async def on_regenerate(self, frame: frames.Regenerate) -> None:
        self._refuse_while_draining()
        await self.call(posting.regenerate, self.visitor, self._joined.conversation_id, frame.message)

    @policy(Policy.VISITOR)
    async def on_feedback(self, frame: frames.Feedback) -> None:
        await self.call(posting.rate, self.visitor, self._joined.conversation_id, frame.message, frame.value)

    @policy(Policy.VISITOR)
    async def on_end(self, frame: frames.End) -> None:
        await self.call(posting.end, self.visitor, self._joined.conversation_id)

    @policy(Policy.VISITOR)
    async def on_handoff(self, frame: frames.Handoff) -> None:
        await self.call(visiting.ask_for_person, self.visitor, self._joined.conversation_id, frame.wanted)

    @policy(Policy.VISITOR)
    async def on_contact(self, frame: frames.Contact) -> None:
        await self.call(visiting.leave_address, self.visitor, self._joined.conversation_id, frame.address)

    @policy(Policy.VISITOR)
    async def on_rating(self, frame: frames.Rating) -> None:
        await self.call(visiting.rate, self.visitor, self._joined.conversation_id, frame.score, frame.comment)

    @policy(Policy.VISITOR)
    async def on_seen(self, frame: frames.Seen) -> None:
        await self.call(visiting.note_seen, self.visitor, self._joined.conversation_id, frame.seq)

    @policy(Policy.VISITOR)
    async def on_page(self, frame: frames.Page) -> None:
        await self.call(
            visiting.note_page, self.visitor, self._joined.conversation_id, frame.url, frame.title
        )

    @policy(Policy.VISITOR)
    async def on_typing(self, frame: frames.Typing) -> None:
        """Let operators see it, once in a while; what comes faster says nothing more."""
        if not self.typing.take():
            await hints.show_typing(self._joined.conversation_id, "visitor")

    async def person_typing(self, hint: dict[str, Any]) -> None:
        """Channel layer: somebody types; the visitor is shown operators only."""
        if hint["author"] == "operator":
            await self.send_frame({"type": "typing", "author": "operator", "name": hint["name"] or None})

    async def visitor_blocked(self, hint: dict[str, Any]) -> None:
        """Channel layer: the staff has shut this visitor out."""
        await self.close(NOT_ALLOWED)

    async def refuse(self, refusal: Refused, client_id: str | None = None) -> None:
        """Tell the client; close on one that ignores `too_many`, that is shut out, or that is not in yet."""
        await super().refuse(refusal, client_id)
        if refusal.code == "too_many" and self.surplus_messages.take():
            await self.close_for_abuse()
        elif refusal.code == "blocked" or self.delivery is None:
            await self.close(OVERLOADED if refusal.code == "unavailable" else NOT_ALLOWED)

    async def refuse_frame(self, refusal: FrameRefused) -> None:
        """Tell the client; before its hello there is no second chance."""
        await super().refuse_frame(refusal)
        if self.delivery is None and not self.closing:
            await self.close(NEW_TICKET_NEEDED)

    @property
    def _joined(self) -> Delivery:
        """The delivery that every frame but the hello can count on."""
        assert self.delivery is not None
        return self.delivery

    def _refuse_while_draining(self) -> None:
        """What begins now would not end in this process; the client repeats it, here or elsewhere."""
        if open_sockets.draining:
            raise Refused("busy", "", retry_after=_DRAINING_RETRY_SECONDS)

    async def _close_without_hello(self) -> None:
        await asyncio.sleep(HELLO_SECONDS)
        await self.close(HELLO_TIMEOUT)

    async def _turn_away(self) -> None:
        """Close on a client that has too many sockets, with the time to wait."""
        metrics.REFUSALS.labels("too_many_sockets").inc()
        await self.send_frame({"type": "busy", "retry_after": _TURNED_AWAY_SECONDS, "client_id": None})
        await self.close(OVERLOADED)


def _supported(language: str) -> str:
    """Return the language to speak to a client that asks for `language`."""
    try:
        return translation.get_supported_language_variant(language)
    except LookupError:
        return "en"
