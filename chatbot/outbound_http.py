"""Requests to the addresses of webhooks.

They go through checked connections only. There are no redirects and no proxies, and the whole request has one
deadline.
"""

import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpcore
from django.conf import settings
from django.utils.translation import gettext as _

from chatbot.checked_connections import AddressRefused, CheckedBackend, RequestFailed, check_host

TIMEOUT_SECONDS = 10.0
ANSWER_MAX_BYTES = 64 * 1024
URL_MAX_CHARACTERS = 500


@dataclass(frozen=True)
class Answer:
    """What came back: the status code and the first 64 KiB of the body."""

    status: int
    body: bytes


def check_url(url: str) -> None:
    """Raise AddressRefused for an address that can never be allowed; looks no name up.

    Names are looked up by `post`, which refuses those that lead inside.
    """
    scheme, host = _parts(url)
    check_host(host, settings.WEBHOOK_ALLOWED_NETWORKS, allowed_only=scheme == "http")


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    timeout: float = TIMEOUT_SECONDS,
    tls: ssl.SSLContext | None = None,
) -> Answer:
    """Send `body` to `url` and return the answer, whatever its status; takes at most `timeout` seconds.

    To look the name up can take longer, as long as the system's resolver does. Raises AddressRefused before
    anything is sent, or RequestFailed.
    """
    scheme, _host = _parts(url)
    backend = CheckedBackend(
        time.monotonic() + timeout, settings.WEBHOOK_ALLOWED_NETWORKS, allowed_only=scheme == "http"
    )
    try:
        with (
            httpcore.ConnectionPool(ssl_context=tls, network_backend=backend) as pool,
            pool.stream("POST", url, headers=list(headers.items()), content=body) as response,
        ):
            return Answer(response.status, _beginning(response.iter_stream()))
    except (httpcore.TimeoutException, TimeoutError):
        raise RequestFailed(_("There was no answer within %s seconds.") % round(timeout)) from None
    except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError, OSError) as error:
        raise RequestFailed(str(error) or type(error).__name__) from error


def _parts(url: str) -> tuple[str, str]:
    """Return scheme and host; raises AddressRefused for what is no plain web address."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise AddressRefused(_("Write an address like https://example.com/hook.")) from None
    is_plain = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    if len(url) > URL_MAX_CHARACTERS or not host or not is_plain:
        raise AddressRefused(_("Write an address like https://example.com/hook."))
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise AddressRefused(_("The address may hold no password and no #."))
    if parts.scheme != "https" and not (parts.scheme == "http" and settings.WEBHOOK_ALLOWED_NETWORKS):
        raise AddressRefused(_("The address must begin with https://."))
    return parts.scheme, host


def _beginning(chunks: Iterable[bytes]) -> bytes:
    body = b""
    for chunk in chunks:
        body += chunk
        if len(body) >= ANSWER_MAX_BYTES:
            break
    return body[:ANSWER_MAX_BYTES]
