"""HTTP requests whose bodies are bounded, and lie on disk and not in memory while they are served.

An answer that comes in pieces goes out as fast as its receiver reads it, and no piece waits in memory.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from daphne.http_protocol import WebRequest
from django.conf import settings

MIB = 1024 * 1024
# A receiver that takes nothing for so long is gone.
_STALL_SECONDS = 60.0
# So many of the largest files may come in one request.
_FILES_AT_ONCE = 8


def limit_bytes() -> int:
    """Return how large the body of a request may be."""
    return (_FILES_AT_ONCE * settings.KNOWLEDGE_FILE_MIB + 1) * MIB


class BoundedRequest(WebRequest):
    """Lets a body that is too large go by without keeping it, and then says so with 413.

    To cut the connection would be quicker, and browsers would show that as a broken server.
    """

    _is_too_large = False
    room: "Room | None" = None
    _content_types: Sequence[bytes] = ()

    def gotLength(self, length: int | None) -> None:
        """Prepare for a body of this length, None where that is not known."""
        self._is_too_large = length is not None and length > limit_bytes()
        super().gotLength(0 if self._is_too_large else length)

    def handleContentChunk(self, data: bytes) -> None:
        """Keep a part of the body unless it is too large."""
        if not self._is_too_large and self.content.tell() + len(data) > limit_bytes():
            self._is_too_large = True
            self.content.seek(0)
            self.content.truncate()
        if not self._is_too_large:
            super().handleContentChunk(data)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """Serve the request, its type hidden until then: Twisted would read a form into memory."""
        self._content_types = self.requestHeaders.getRawHeaders(b"content-type") or []
        self.requestHeaders.removeHeader(b"content-type")
        super().requestReceived(command, path, version)

    def process(self) -> Any:
        """Serve the request."""
        if self._content_types:
            self.requestHeaders.setRawHeaders(b"content-type", self._content_types)
        if not self._is_too_large:
            return super().process()
        body = f"The request is larger than {limit_bytes() // MIB} MiB and was not read.\n"
        headers = [(b"Content-Type", b"text/plain; charset=utf-8")]
        self.handle_reply({"type": "http.response.start", "status": 413, "headers": headers})
        return self.handle_reply({"type": "http.response.body", "body": body.encode()})

    def handle_reply(self, message: dict[str, Any]) -> None:
        """Send a part of the answer; `room` tells when there is room for the next piece of one in pieces."""
        if message["type"] == "http.response.body" and self.channel is not None and not self.finished:
            if message.get("more_body") and self.room is None:
                self.room = Room()
                self.registerProducer(self.room, True)
            elif not message.get("more_body") and self.room is not None:
                self.unregisterProducer()
        super().handle_reply(message)

    def connectionLost(self, reason: Any) -> None:
        """Let nobody wait for a receiver that is gone."""
        if self.room is not None:
            self.room.stopProducing()
        super().connectionLost(reason)

    async def wait_for_room(self) -> None:
        """Wait until the receiver has read enough; one that does not read is cut off."""
        if self.room is not None and not await self.room.wait(_STALL_SECONDS) and self.channel is not None:
            self.channel.forceAbortClient()


class Room:
    """Whether a connection takes more bytes; Twisted tells, as it tells a push producer."""

    def __init__(self) -> None:
        self._free = asyncio.Event()
        self._free.set()

    def pauseProducing(self) -> None:
        self._free.clear()

    def resumeProducing(self) -> None:
        self._free.set()

    def stopProducing(self) -> None:
        self._free.set()

    async def wait(self, seconds: float) -> bool:
        """Wait for room; tell whether it came in time."""
        try:
            async with asyncio.timeout(seconds):
                await self._free.wait()
        except TimeoutError:
            return False
        return True
