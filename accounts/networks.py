"""Where a request comes from: the client's address behind proxies, and the network that it counts for."""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

Network = IPv4Network | IPv6Network


def parse_networks(entries: Iterable[str]) -> tuple[Network, ...]:
    """Return `entries`, addresses or networks like 10.0.0.0/8, as networks; raises ValueError."""
    return tuple(ip_network(entry) for entry in entries)


def is_trusted_proxy(address: str) -> bool:
    """Tell whether `address` lies in one of TRUSTED_PROXIES; text that is no address does not."""
    try:
        parsed = ip_address(address.strip())
    except ValueError:
        return False
    return any(_unmapped(parsed) in network for network in settings.TRUSTED_PROXIES)


def client_address(peer: str, forwarded_for: str) -> str:
    """Return the address of the client: the rightmost one that no trusted proxy has.

    Each proxy adds to the right of X-Forwarded-For the address it was called from, so that whatever a client
    wrote there itself stands further left than its own address and is never reached.
    """
    hops = [hop.strip() for hop in forwarded_for.split(",") if hop.strip()]
    address = peer
    while hops and is_trusted_proxy(address):
        address = hops.pop()
    return address


def network_of(address: str | None) -> str | None:
    """Return the network that `address` counts for: an IPv4 address itself, or the /64 of an IPv6 one.

    None means that nobody counts it: a local socket, and loopback when no proxy is believed, since then it
    is a program of this machine. Behind a proxy loopback is nobody special.
    """
    if address is None:
        return None
    try:
        parsed = _unmapped(ip_address(address.strip()))
    except ValueError:
        return "unknown"
    if parsed.is_loopback and not settings.TRUST_PROXY_HEADERS:
        return None
    return str(IPv6Network((int(parsed), 64), strict=False) if isinstance(parsed, IPv6Address) else parsed)


def network_of_client(client: Sequence[str | int] | None) -> str | None:
    """Return the network of an ASGI scope's `client`."""
    return network_of(str(client[0])) if client else None


def network_of_request(request: HttpRequest) -> str:
    """Return the network of a request to a page of staff, where loopback counts like any other.

    A person at the machine itself types passwords too, and so does a program there that guesses them.
    """
    address = request.META.get("REMOTE_ADDR") or "local"
    return network_of(address) or address


def _unmapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address that an IPv6 one stands for, or the address itself."""
    return (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address
