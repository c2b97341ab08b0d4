"""A socket whose client sends JSON frames: they are bounded, parsed, and taken in order by one task.

Frames wait in an inbox, so that a slow database holds up neither the reading of the socket nor what needs no
database.
"""

import asyncio
import json
import logging
from collections import deque
from typing import Any, ClassVar

from django import db
from django.conf import settings

from chatbot.conversations import metrics
from chatbot.conversations.refusals import Refused
from chatbot.conversations.sockets.allowance import Allowance
from chatbot.conversations.sockets.close_codes import ABUSE, INTERNAL_ERROR, TOO_BIG
from chatbot.conversations.sockets.frame_parsing import FrameRefused
from chatbot.conversations.sockets.hinted_consumer import HintedConsumer
from chatbot.conversations.sockets.outflow import Outflow
from chatbot.databases import AWAY

logger = logging.getLogger(__name__)

# A client that goes on sending what is no frame at all is not one of ours.
MAX_BAD_FRAMES = 20
# Frames of any kind for each message: far above what pings, acknowledgements and typing need.
FRAMES_A_MESSAGE = 12
MOST_WAITING_FRAMES = 100

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class FramedConsumer(HintedConsumer):
    """Subclasses say how a frame is parsed and what each type does, in a method `on_<type>`."""

    # Types that are answered at once, before frames that wait: they need no database.
    at_once: ClassVar[tuple[type, ...]] = ()
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

    def unavailable(self) -> Refused:
        """Return what a client hears when the database is away."""
        raise NotImplementedError

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Answer at once what needs no database and put the rest into the inbox."""
        if self.closing:
            return
        if self.any_frames.take() or len(self.inbox) >= MOST_WAITING_FRAMES:
            await self.close_for_abuse()
            return
        try:
            frame = self.parse(text_data)
        except FrameRefused as refusal:
            frame = refusal
        if isinstance(frame, self.at_once):
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

    async def send_error(self, code: str, detail: str) -> None:
        """Tell the client why a frame changed nothing."""
        metrics.REFUSALS.labels(code).inc()
        await self.send_frame({"type": "error", "code": code, "detail": detail, "client_id": None})

    @property
    def outflow(self) -> Outflow | None:
        """What the server knows of the client's reading; in memory, as in tests, there is none."""
        return self.scope.get("outflow")

    async def _work(self) -> None:
        """Take the frames of the inbox, in order, until it is empty."""
        try:
            while self.inbox:
                await self._take(self.inbox.popleft())
        except Exception:
            logger.exception("a frame could not be handled")
            await self.close(INTERNAL_ERROR)

    async def _take(self, frame: Any) -> None:
        if isinstance(frame, FrameRefused):
            await self._refuse(frame)
            return
        try:
            await self._handle(frame)
        except Refused as refusal:
            await self.send_error(refusal.code, refusal.detail)
        except db.Error as error:
            logger.warning("a frame met a database error: %s", error, exc_info=not isinstance(error, AWAY))
            away = self.unavailable()
            await self.send_error(away.code, away.detail)

    async def _handle(self, frame: Any) -> None:
        await getattr(self, f"on_{frame.type}")(frame)

    async def _refuse(self, refusal: FrameRefused) -> None:
        await self.send_error(refusal.code, refusal.detail)
        self.bad_frames += 1
        if refusal.code == "too_big":
            await self.close(TOO_BIG)
        elif self.bad_frames >= MAX_BAD_FRAMES:
            await self.close_for_abuse()
