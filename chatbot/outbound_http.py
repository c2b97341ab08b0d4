"""Requests to addresses that people typed: they reach the internet and nothing inside the house.

The name is resolved here, every address that it has is checked, and the connection goes to a checked one, so
that a name cannot lead elsewhere a moment later. TLS and the Host header keep the name. There are no
redirects and no proxies, and the whole request has one deadline.
"""

import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

import httpcore
from django.conf import settings
from django.utils.translation import gettext as _

TIMEOUT_SECONDS = 10.0
ANSWER_MAX_BYTES = 64 * 1024
URL_MAX_CHARACTERS = 500

# Addresses that carry an IPv4 address, which a gateway on the way may deliver to: NAT64 and 6to4.
_NAT64 = IPv6Network("64:ff9b::/96")
# What older Pythons take for global although IANA's registries do not.
_ALSO_INSIDE = [
    ip_network(network)
    for network in ("192.0.0.0/24", "192.88.99.0/24", "64:ff9b:1::/48", "2001::/23", "3fff::/20", "5f00::/16")
]
_INSIDE_NAMES = ("localhost", "local", "internal", "intranet", "lan", "home.arpa")

Address = IPv4Address | IPv6Address


class AddressRefused(Exception):
    """The address is not one that Parley sends to; the argument is a sentence for people."""


class RequestFailed(Exception):
    """There was no answer in time, or none at all; the argument is a sentence for people."""


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
    host = host.rstrip(".")
    literal = _literal(host)
    if literal is not None:
        _refuse_unless_public(literal, host, allowed_only=scheme == "http")
    elif host.rsplit(".", 1)[-1][:1].isdigit():
        # 2130706433, 0x7f.1 and 017700000001 are 127.0.0.1 to many programs, and no real name ends so.
        raise AddressRefused(_("“%s” is no name of a server.") % host)
    elif not settings.WEBHOOK_ALLOWED_NETWORKS and any(
        host == name or host.endswith(f".{name}") for name in _INSIDE_NAMES
    ):
        raise AddressRefused(_("“%s” is inside this network.") % host)


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
    backend = _CheckedBackend(time.monotonic() + timeout, allowed_only=scheme == "http")
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


class _CheckedBackend(httpcore.NetworkBackend):
    """Connects to addresses that were looked up and checked here, and to no other."""

    def __init__(self, deadline: float, allowed_only: bool) -> None:
        self._deadline = deadline
        self._allowed_only = allowed_only

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        address = self._checked(host, port)
        seconds = _seconds_until(self._deadline)
        stream = httpcore.SyncBackend().connect_tcp(address, port, seconds, None, socket_options)
        return _DeadlineStream(stream, self._deadline)

    def _checked(self, host: str, port: int) -> str:
        try:
            found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise RequestFailed(_("“%s” is not found.") % host) from None
        addresses = [str(entry[4][0]) for entry in found]
        for address in addresses:
            _refuse_unless_public(ip_address(address), host, self._allowed_only)
        return addresses[0]


class _DeadlineStream(httpcore.NetworkStream):
    """A connection on which no read or write goes past the deadline, however slowly bytes trickle in."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _seconds_until(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _seconds_until(self._deadline))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        seconds = _seconds_until(self._deadline)
        return _DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, seconds), self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


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


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _refuse_unless_public(address: Address, host: str, allowed_only: bool = False) -> None:
    """Raise AddressRefused for an address inside, or without encryption for one outside."""
    for meant in _meant_by(address):
        if any(meant in network for network in _allowed_networks()):
            continue
        if allowed_only:
            raise AddressRefused(_("The address must begin with https://."))
        is_public = meant.is_global and not (
            meant.is_multicast
            or meant.is_reserved
            or meant.is_unspecified
            or any(meant in network for network in _ALSO_INSIDE)
            or (isinstance(meant, IPv6Address) and meant.is_site_local)
        )
        if not is_public:
            raise AddressRefused(_("“%s” is inside this network.") % host)


def _meant_by(address: Address) -> list[Address]:
    """Return the addresses that a packet to `address` may arrive at."""
    if isinstance(address, IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if address in _NAT64:
        return [IPv4Address(int(address) & 0xFFFFFFFF)]
    return [address, *([address.sixtofour] if address.sixtofour else []), *(address.teredo or ())]


def _allowed_networks() -> list[IPv4Network | IPv6Network]:
    return [ip_network(network) for network in settings.WEBHOOK_ALLOWED_NETWORKS]


def _seconds_until(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _beginning(chunks: Iterable[bytes]) -> bytes:
    body = b""
    for chunk in chunks:
        body += chunk
        if len(body) >= ANSWER_MAX_BYTES:
            break
    return body[:ANSWER_MAX_BYTES]
