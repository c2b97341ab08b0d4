"""One GET of one address, through a checked connection."""

import ssl
import time
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import httpcore
from django.conf import settings

from chatbot.checked_connections import AddressInside, AddressRefused, CheckedBackend, RequestFailed
from chatbot.knowledge.fetching.addresses import Address
from chatbot.knowledge.fetching.limits import MIB
from chatbot.knowledge.fetching.not_fetched import not_fetched

# What robots.txt knows us by, and what servers are told.
ROBOT = "Parley"
USER_AGENT = f"{ROBOT}/0.1 (reads pages for a chat assistant)"
_REDIRECTS = {301, 302, 303, 307, 308}
_MEDIA_TYPE_MAX_CHARACTERS = 100
# zlib reads gzip's and zlib's beginning alike with this window size.
_ANY_HEADER = 47


@dataclass(frozen=True, slots=True)
class Got:
    """What an address gave: a page, or the `location` that it leads on to."""

    location: str = ""
    media_type: str = ""
    content: bytes = b""


def get(
    address: Address,
    *,
    deadline: float,
    max_bytes: int,
    accepts: Callable[[str], bool],
    cut: bool = False,
    tls: ssl.SSLContext | None = None,
) -> Got:
    """Ask for a page; the body is read only when `accepts` its media type.

    `deadline` is in time.monotonic(); at `max_bytes`, unpacked, the body is cut or, without `cut`, refused.
    Raises NotFetched.
    """
    backend = CheckedBackend(deadline, settings.KNOWLEDGE_ALLOWED_NETWORKS)
    url = httpcore.URL(
        scheme=address.scheme.encode(),
        host=address.host.encode(),
        port=address.port,
        target=address.target.encode(),
    )
    headers = [
        ("Host", address.authority),
        ("User-Agent", USER_AGENT),
        ("Accept", "text/html, application/xhtml+xml, text/*;q=0.9, application/pdf;q=0.9, */*;q=0.5"),
        ("Accept-Encoding", "gzip"),
        ("Connection", "close"),
    ]
    begun = time.monotonic()
    try:
        with (
            httpcore.ConnectionPool(ssl_context=tls, network_backend=backend) as pool,
            pool.stream("GET", url, headers=headers) as response,
        ):
            return _got(address, response, max_bytes, accepts, cut)
    except AddressInside:
        raise not_fetched("private_address", address.url) from None
    except AddressRefused as refused:
        raise not_fetched("bad_address", address.url, str(refused)) from None
    except (httpcore.TimeoutException, TimeoutError):
        seconds = max(1, round(deadline - begun))
        raise not_fetched("too_slow", address.url, str(seconds)) from None
    except httpcore.ProtocolError:
        raise not_fetched("broken_answer", address.url) from None
    except (RequestFailed, httpcore.NetworkError, ssl.SSLError, OSError) as error:
        raise not_fetched("unreachable", address.url, str(error) or type(error).__name__) from error


def _got(
    address: Address, response: httpcore.Response, max_bytes: int, accepts: Callable[[str], bool], cut: bool
) -> Got:
    status = response.status
    headers = {name.lower(): value.decode("latin-1").strip() for name, value in response.headers}
    if status in _REDIRECTS and headers.get(b"location"):
        return Got(location=_location(headers[b"location"]))
    if status != 200:
        raise not_fetched(_code(status), address.url, str(status))
    media_type = headers.get(b"content-type", "")[:_MEDIA_TYPE_MAX_CHARACTERS]
    if not accepts(media_type):
        raise not_fetched("wrong_type", address.url, media_type.partition(";")[0])
    length = headers.get(b"content-length", "")
    if not cut and length.isdigit() and int(length) > max_bytes:
        raise not_fetched("too_large", address.url, str(max_bytes // MIB))
    body = _Body(address, max_bytes, headers.get(b"content-encoding", "").lower())
    content = body.read(response.iter_stream(), cut)
    return Got(media_type=media_type, content=content)


def _location(value: str) -> str:
    """Servers write UTF-8 into this header although it is to be ASCII."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return value


def _code(status: int) -> str:
    if status in (404, 410):
        return "not_found"
    if status in (429, 503):
        return "busy"
    return "forbidden" if 400 <= status < 500 else "failed"


class _Body:
    """Reads a body, packed or not, up to a number of bytes."""

    def __init__(self, address: Address, max_bytes: int, coding: str) -> None:
        if coding not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise not_fetched("broken_answer", address.url)
        self._address = address
        self._max_bytes = max_bytes
        self._unpacker = None if coding in ("", "identity") else zlib.decompressobj(_ANY_HEADER)
        self._pieces: list[bytes] = []
        self._size = 0

    def read(self, chunks: Iterable[bytes], cut: bool) -> bytes:
        came = 0
        for chunk in chunks:
            came += len(chunk)
            self._take(chunk)
            # What is packed may also unpack to nothing at all, for ever.
            if max(self._size, came) > self._max_bytes:
                if cut:
                    break
                raise not_fetched("too_large", self._address.url, str(self._max_bytes // MIB))
        return b"".join(self._pieces)[: self._max_bytes]

    def _take(self, chunk: bytes) -> None:
        if self._unpacker is not None:
            try:
                chunk = self._unpacker.decompress(chunk, self._max_bytes - self._size + 1)
            except zlib.error:
                raise not_fetched("broken_answer", self._address.url) from None
        self._size += len(chunk)
        self._pieces.append(chunk)
