"""A socket whose client sends JSON frames: they are bounded, parsed, and taken in order by one task.

Frames wait in an inbox, so that a slow database holds up neither the reading of the socket nor what needs no
database.
"""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from django import db
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from chatbot.conversations import metrics
from chatbot.conversations.refusals import Refused
from chatbot.conversations.sockets.allowance import Allowance
from chatbot.conversations.sockets.close_codes import ABUSE, INTERNAL_ERROR, TOO_BIG
from chatbot.conversations.sockets.frame_parsing import FrameRefused
from chatbot.conversations.sockets.hinted_consumer import HintedConsumer
from chatbot.conversations.sockets.outflow import Outflow
from chatbot.database_calls import in_database
from chatbot.databases import AWAY
from chatbot.log_fields import log_fields

logger = logging.getLogger(__name__)

# A client that goes on sending what is no frame at all is not one of ours.
MAX_BAD_FRAMES = 20
# Frames of any kind for each message: far above what pings, acknowledgements and typing need.
FRAMES_A_MESSAGE = 12
MOST_WAITING_FRAMES = 100

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

Result = TypeVar("Result")


class FramedConsumer(HintedConsumer):
    """Subclasses say how a frame is parsed and what each type does, in a method `on_<type>`.

    Such a method may raise Refused, FrameRefused or a database error; the client hears of it, with the
    `client_id` of the frame if it has one.
    """

    # The language in which the client is spoken to.
    language = "en"
    working: asyncio.Task[None] | None = None
    bad_frames = 0
    closing = False

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.inbox: deque[Any] = deque()
        self.any_frames = Allowance(FRAMES_A_MESSAGE * settings.SOCKET_MESSAGES_A_MINUTE)

    def parse(self, text: str | None) -> Any:
        """Return the frame in `text`; raises FrameRefused."""
        raise NotImplementedError

    def overtakes(self, frame: Any) -> bool:
        """Tell whether `frame` is handled at once, before frames that wait: it must need no database."""
        return False

    def check(self, frame: Any) -> None:
        """Raise FrameRefused or Refused for a frame that may not come now."""

    def about(self) -> dict[str, str]:
        """Return what the log's lines about a frame carry."""
        return {}

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Handle at once what overtakes and put the rest into the inbox."""
        if self.closing:
            return
        if self.any_frames.take() or len(self.inbox) >= MOST_WAITING_FRAMES:
            await self.close_for_abuse()
            return
        try:
            frame = self.parse(text_data)
        except FrameRefused as refusal:
            frame = refusal
        if self.overtakes(frame):
            await self._handle(frame)
            return
        self.inbox.append(frame)
        if self.working is None or self.working.done():
            self.working = asyncio.create_task(self._work())

    async def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Close the socket; what the client has sent and will send is ignored."""
        self.closing = True
        self.inbox.clear()
        await super().close(code, reason)

    async def close_for_abuse(self) -> None:
        """Close on a client that sends far too much, or what is no frame."""
        metrics.REFUSALS.labels("abuse").inc()
        logger.warning("a client that sends far too much is closed")
        await self.close(ABUSE)

    async def send_frame(self, frame: dict[str, Any]) -> None:
        """Send a frame to the client."""
        metrics.FRAMES.labels(frame["type"]).inc()
        await self.base_send({"type": "websocket.send", "text": _encode(frame)})

    async def send_error(self, code: str, detail: str, client_id: str | None = None) -> None:
        """Send the frame that tells the client why something changed nothing."""
        await self.send_frame({"type": "error", "code": code, "detail": detail, "client_id": client_id})

    async def refuse(self, refusal: Refused, client_id: str | None = None) -> None:
        """Tell the client why its frame changed nothing, or in how many seconds to repeat it."""
        metrics.REFUSALS.labels(refusal.code).inc()
        if refusal.retry_after is None:
            await self.send_error(refusal.code, refusal.detail, client_id)
        else:
            seconds = refusal.retry_after
            await self.send_frame({"type": "busy", "retry_after": seconds, "client_id": client_id})

    async def refuse_frame(self, refusal: FrameRefused) -> None:
        """Tell the client what is wrong with its frame; close on one that is too big, or after too many."""
        metrics.REFUSALS.labels(refusal.code).inc()
        await self.send_error(refusal.code, refusal.detail)
        self.bad_frames += 1
        if refusal.code == "too_big":
            await self.close(TOO_BIG)
        elif self.bad_frames >= MAX_BAD_FRAMES:
            await self.close_for_abuse()

    async def call(self, function: Callable[..., Result], *arguments: Any) -> Result:
        """Call a function that uses the database in a thread, in the client's language."""

        def call() -> Result:
            with translation.override(self.language):
                return function(*arguments)

        return await in_database(call)

    @property
    def outflow(self) -> Outflow | None:
        """What the server knows of the client's reading; in memory, as in tests, there is none."""
        return self.scope.get("outflow")

    async def _work(self) -> None:
        """Take the frames of the inbox, in order, until it is empty."""
        try:
            while self.inbox:
                with log_fields(**self.about()):
                    await self._take(self.inbox.popleft())
        except Exception:
            logger.exception("a frame could not be handled", extra=self.about())
            await self.close(INTERNAL_ERROR)

    async def _take(self, frame: Any) -> None:
        client_id = getattr(frame, "client_id", None)
        try:
            if isinstance(frame, FrameRefused):
                raise frame
            self.check(frame)
            await self._handle(frame)
        except FrameRefused as refusal:
            await self.refuse_frame(refusal)
        except Refused as refusal:
            await self.refuse(refusal, client_id)
        except db.Error as error:
            logger.warning("a frame met a database error: %s", error, exc_info=not isinstance(error, AWAY))
            with translation.override(self.language):
                away = Refused("unavailable", _("This did not work just now. Please try again."))
            await self.refuse(away, client_id)

    async def _handle(self, frame: Any) -> None:
        await getattr(self, f"on_{frame.type}")(frame)
