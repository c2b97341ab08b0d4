"""Refuses bodies that are larger than any honest request."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inference.server.errors import ApiError


class BodyLimit:
    """Counts the bytes of a body as they arrive, whatever its Content-Length claims."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        received = 0

        async def receive_counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._max_bytes:
                raise ApiError(413, f"The body exceeds {self._max_bytes} bytes.", code="body_too_large")
            return message

        await self._app(scope, receive_counted if scope["type"] == "http" else receive, send)
