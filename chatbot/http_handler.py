"""HTTP requests, each in one thread from its first middleware to its last.

Django's own ASGI handler makes a thread for each request, and with it a new connection to SQLite, and changes
between that thread and the event loop several times on the way: to make a visitor took three times as much
processor time (15 ms instead of 5).
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from asgiref.sync import async_to_sync, sync_to_async
from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.http import FileResponse
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

Scope = dict[str, Any]

# As many as the database's pool has connections by default.
_threads = ThreadPoolExecutor(10, thread_name_prefix="http")
# A probe must not wait behind visitors whose requests wait for the database.
_probe_threads = ThreadPoolExecutor(2, thread_name_prefix="probe")
_PROBES = "/health/"
# A download lasts as long as the receiver's line wants: no other request waits behind it.
_download_threads = ThreadPoolExecutor(4, thread_name_prefix="download")
_DOWNLOADS = "/download/"
# Where the server leaves a request's body that it has in a file already.
BODY = "parley.body"


class ThreadedHandler(ASGIHandler):
    """Serves Django over ASGI with views and middleware that are all called in one thread."""

    def load_middleware(self, is_async: bool = False) -> None:
        """Load the middleware in its synchronous form."""
        super().load_middleware(is_async=False)

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Serve one request."""
        try:
            body = scope.pop(BODY, None) or await self.read_body(receive)
        except RequestAborted:
            return
        answer = sync_to_async(self._answer, thread_sensitive=False, executor=_threads_for(scope["path"]))
        response = await answer(scope, body, send)
        if response is not None:
            await self.send_response(response, send)

    def _answer(self, scope: Scope, body: Any, send: Any) -> HttpResponseBase | None:
        """Return the response, closed and ready to be sent; None for a stream, which this thread has sent."""
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=self.__class__, scope=scope)
        request, refusal = self.create_request(scope, body)
        response: Any = refusal if request is None else self.get_response(request)
        response._handler_class = self.__class__
        try:
            if not response.streaming:
                return response
            self._send_stream(response, async_to_sync(send))
            return None
        finally:
            response.close()
            body.close()

    def _send_stream(self, response: Any, send: Any) -> None:
        """Send a response piece by piece, as this thread makes them."""
        if isinstance(response, FileResponse):
            response.block_size = self.chunk_size
        headers = [(name.encode("ascii"), value.encode("latin-1")) for name, value in response.items()]
        cookies = [(b"Set-Cookie", c.output(header="").strip().encode()) for c in response.cookies.values()]
        send(
            {
                "type": "http.response.start",
                "status": response.status_code,
                "headers": headers + cookies,
            }
        )
        # Where nobody receives it any more there is nothing left to do.
        with suppress(ConnectionAbortedError):
            for piece in response:
                for chunk, _last in self.chunk_bytes(piece):
                    send({"type": "http.response.body", "body": chunk, "more_body": True})
            send({"type": "http.response.body"})


def _threads_for(path: str) -> ThreadPoolExecutor:
    if path.startswith(_PROBES):
        return _probe_threads
    return _download_threads if path.endswith(_DOWNLOADS) else _threads
