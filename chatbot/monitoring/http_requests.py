"""Counts what the web process serves."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings
from prometheus_client import Counter, Gauge, Histogram

from chatbot.conversations.sockets.open_sockets import open_sockets
from chatbot.monitoring.obstacles import free_megabytes

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

http_requests = Counter("parley_http_requests", "HTTP requests answered.", ["method", "status"])
http_request_seconds = Histogram(
    "parley_http_request_seconds",
    "Time from a request's arrival to the end of its answer.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
Gauge("parley_open_sockets", "WebSockets that are open now.").set_function(lambda: len(open_sockets))
Gauge("parley_data_free_bytes", "Room left on the disk of DATA_DIR.").set_function(
    lambda: free_megabytes(settings.DATA_DIR) * 1e6
)


class RequestMeter:
    """An ASGI application around another: measures HTTP requests and knows when nothing is under way."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._under_way = 0
        self._idle = asyncio.Event()

    async def idle(self) -> None:
        """Wait until no request and no socket is under way."""
        if self._under_way:
            self._idle.clear()
            await self._idle.wait()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self._under_way += 1
        try:
            if scope["type"] == "http":
                await self._measure(scope, receive, send)
            else:
                await self._application(scope, receive, send)
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()

    async def _measure(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        status = "none"

        async def send_and_note(message: dict[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        started = time.monotonic()
        try:
            await self._application(scope, receive, send_and_note)
        finally:
            method = scope["method"] if scope["method"] in _METHODS else "other"
            http_requests.labels(method, status).inc()
            http_request_seconds.observe(time.monotonic() - started)
