"""Connections to addresses that people typed: they reach the internet and nothing inside the house.

The name is resolved here, every address that it has is checked, and the connection goes to a checked one, so
that a name cannot lead elsewhere a moment later. TLS and the Host header keep the name. Webhooks and the
reading of web pages share this; there is no other way from typed text to a socket.
"""

import socket
import ssl
import time
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import httpcore
from django.utils.translation import gettext as _

# Addresses that carry an IPv4 address, which a gateway on the way may deliver to: NAT64 and 6to4.
_NAT64 = IPv6Network("64:ff9b::/96")
# What older Pythons take for global although IANA's registries do not.
_ALSO_INSIDE = [
    ip_network(network)
    for network in ("192.0.0.0/24", "192.88.99.0/24", "64:ff9b:1::/48", "2001::/23", "3fff::/20", "5f00::/16")
]
# Of a name that has more addresses the first ones are tried.
_ADDRESSES_TRIED = 4
_INSIDE_NAMES = ("localhost", "local", "internal", "intranet", "lan", "home.arpa")

Address = IPv4Address | IPv6Address


class AddressRefused(Exception):
    """The address is not one that Parley sends to; the argument is a sentence for people."""


class AddressInside(AddressRefused):
    """The address is within the house."""


class RequestFailed(Exception):
    """There was no answer in time, or none at all; the argument is a sentence for people."""


def check_host(host: str, allowed_networks: Sequence[str], *, allowed_only: bool = False) -> None:
    """Raise AddressRefused for a host that can never be allowed; looks no name up.

    `allowed_networks` are those inside that may be reached all the same. With `allowed_only` nothing else
    may, which is for requests without encryption.
    """
    host = host.rstrip(".")
    literal = _literal(host)
    if literal is not None:
        _refuse_unless_public(literal, host, allowed_networks, allowed_only)
    elif host.rsplit(".", 1)[-1][:1].isdigit():
        # 2130706433, 0x7f.1 and 017700000001 are 127.0.0.1 to many programs, and no real name ends so.
        raise AddressRefused(_("“%s” is no name of a server.") % host)
    elif not allowed_networks and any(host == name or host.endswith(f".{name}") for name in _INSIDE_NAMES):
        raise AddressInside(_("“%s” is inside this network.") % host)


class CheckedBackend(httpcore.NetworkBackend):
    """Connects to addresses that were looked up and checked here, and to no other.

    `deadline` is in time.monotonic(). To look a name up can take longer, as long as the system's resolver
    does.
    """

    def __init__(
        self, deadline: float, allowed_networks: Sequence[str], *, allowed_only: bool = False
    ) -> None:
        self._deadline = deadline
        self._allowed_networks = allowed_networks
        self._allowed_only = allowed_only

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = self._checked(host, port)
        for place, address in enumerate(addresses):
            # An address that does not answer leaves time for the others.
            seconds = _seconds_until(self._deadline) / (len(addresses) - place)
            try:
                stream = httpcore.SyncBackend().connect_tcp(address, port, seconds, None, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if place == len(addresses) - 1:
                    raise
            else:
                return _DeadlineStream(stream, self._deadline)
        raise RequestFailed(_("“%s” is not found.") % host)

    def _checked(self, host: str, port: int) -> list[str]:
        try:
            found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise RequestFailed(_("“%s” is not found.") % host) from None
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))[:_ADDRESSES_TRIED]
        for address in addresses:
            _refuse_unless_public(ip_address(address), host, self._allowed_networks, self._allowed_only)
        return addresses


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


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _refuse_unless_public(
    address: Address, host: str, allowed_networks: Sequence[str], allowed_only: bool
) -> None:
    """Raise AddressRefused for an address inside, or without encryption for one outside."""
    allowed: list[IPv4Network | IPv6Network] = [ip_network(network) for network in allowed_networks]
    for meant in _meant_by(address):
        if any(meant in network for network in allowed):
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
            raise AddressInside(_("“%s” is inside this network.") % host)


def _meant_by(address: Address) -> list[Address]:
    """Return the addresses that a packet to `address` may arrive at."""
    if isinstance(address, IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if address in _NAT64:
        return [IPv4Address(int(address) & 0xFFFFFFFF)]
    return [address, *([address.sixtofour] if address.sixtofour else []), *(address.teredo or ())]


def _seconds_until(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
