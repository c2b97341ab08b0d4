"""A number for each request and each socket: on its answer, and on every line of the log that it causes."""

import re
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings

from accounts.networks import is_trusted_proxy
from chatbot.log_fields import log_fields

Scope = dict[str, Any]
Application = Callable[[Scope, Any, Any], Awaitable[None]]

_HEADER = b"x-request-id"
_ID = re.compile(rb"[A-Za-z0-9_.-]{8,64}")


def numbered(application: Application) -> Application:
    """Give each request of `application` an id; that of a trusted proxy is kept, so that its log joins ours.

    The answer to an HTTP request carries it as `X-Request-ID`.
    """

    async def numbered_application(scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] not in ("http", "websocket"):
            await application(scope, receive, send)
            return
        request_id = _passed_on(scope) or secrets.token_hex(8).encode()

        async def send_with_id(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), (_HEADER, request_id)]}
            await send(message)

        with log_fields(request_id=request_id.decode()):
            await application(scope, receive, send_with_id)

    return numbered_application


def _passed_on(scope: Scope) -> bytes:
    """Return the id that a trusted proxy gave the request, b"" where there is none of the expected form."""
    peer = scope.get("client")
    if not settings.TRUST_PROXY_HEADERS or (peer is not None and not is_trusted_proxy(str(peer[0]))):
        return b""
    given = dict(scope["headers"]).get(_HEADER, b"")
    return given if _ID.fullmatch(given) else b""
