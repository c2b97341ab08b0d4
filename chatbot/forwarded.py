"""Behind proxies: who the client is and which scheme it used, told to every part of Parley in one place."""

from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings

from accounts.networks import client_address, is_trusted_proxy

Scope = dict[str, Any]
Application = Callable[[Scope, Any, Any], Awaitable[None]]


def behind_proxies(application: Application) -> Application:
    """Give `application` the client's address and scheme as TRUSTED_PROXIES pass them on.

    From anybody else these headers are taken away before Django or Channels could believe them.
    """

    async def application_behind_proxies(scope: Scope, receive: Any, send: Any) -> None:
        if settings.TRUST_PROXY_HEADERS and scope["type"] in ("http", "websocket"):
            scope = _believed(scope)
        await application(scope, receive, send)

    return application_behind_proxies


def _believed(scope: Scope) -> Scope:
    peer = scope.get("client")
    # A socket file has no address; who may open it is the file system's business.
    if peer is not None and not is_trusted_proxy(str(peer[0])):
        headers = [(name, value) for name, value in scope["headers"] if not name.startswith(b"x-forwarded-")]
        return {**scope, "headers": headers}
    forwarded_for = _joined(scope, b"x-forwarded-for")
    address = client_address(str(peer[0]) if peer else "127.0.0.1", forwarded_for)
    believed = {**scope, "client": [address, peer[1] if peer else 0]}
    if _joined(scope, b"x-forwarded-proto") == "https":
        believed["scheme"] = "https" if scope["type"] == "http" else "wss"
    return believed


def _joined(scope: Scope, wanted: bytes) -> str:
    """Return a header that may come several times as one, as RFC 9110 has it."""
    return ",".join(value.decode("latin1") for name, value in scope["headers"] if name == wanted)
