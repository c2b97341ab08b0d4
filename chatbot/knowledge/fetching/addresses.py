"""Addresses of web pages: one spelling for each, and none that hides where it leads."""

import re
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

import idna
from django.conf import settings
from django.utils.translation import gettext as _

from chatbot.checked_connections import AddressInside, AddressRefused, check_host
from chatbot.knowledge.fetching.not_fetched import not_fetched

URL_MAX_CHARACTERS = 2000
_PORTS = {"http": 80, "https": 443}
_FIRST_FREE_PORT = 1024
_NAME = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*"
)
# What stays as it is in a path or a query; everything else is percent-encoded.
_KEPT = "%/:=&?~+!$,;'@()*[]"
# Parameters that say how a reader came, not what the page is.
_TRACKING = re.compile(
    r"(?:utm_\w+|gclid|dclid|gbraid|wbraid|fbclid|msclkid|yclid|twclid|igshid|mc_cid|mc_eid|_ga|_gl|_hsenc|_hsmi"
    r"|phpsessid|jsessionid)(?:=|\Z)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Address:
    """A checked address: `host` is ASCII in small letters, `target` path and query, percent-encoded."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def origin(self) -> str:
        """Scheme, host and port, the port only where it is not the usual one."""
        return f"{self.scheme}://{self.authority}"

    @property
    def authority(self) -> str:
        """Host and port as the Host header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.origin}{self.target}"

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    def same_host(self, other: "Address") -> bool:
        """Say whether both are of one site: the same host and port; https beside http is the same one."""
        ports = {self.port, other.port}
        return self.host == other.host and (len(ports) == 1 or ports == {80, 443})


def address_of(url: str, *, keep_tracking: bool = False) -> Address:
    """Return the address that `url` names, without fragment and tracking parameters.

    Raises NotFetched("bad_address") for what is no plain web address, and NotFetched("private_address") for
    one that can never be allowed. Looks no name up: that happens where the connection is made.
    """
    url = url.strip(" ")
    is_plain = url.isprintable() and not any(c.isspace() for c in url) and "\\" not in url
    if not url or len(url) > URL_MAX_CHARACTERS or not is_plain:
        raise not_fetched("bad_address", url[:URL_MAX_CHARACTERS])
    try:
        parts = urlsplit(url)
        port = parts.port
        host = _host(parts.hostname or "")
    except (ValueError, UnicodeError):
        raise not_fetched("bad_address", url) from None
    if parts.scheme not in _PORTS or not host:
        raise not_fetched("bad_address", url)
    if "@" in parts.netloc:
        raise not_fetched("bad_address", url, _("The address may hold no name and no password."))
    port = _PORTS[parts.scheme] if port is None else port
    if port not in _PORTS.values() and port < _FIRST_FREE_PORT:
        raise not_fetched("bad_address", url, _("Port %s is not one of web pages.") % port)
    try:
        check_host(host, settings.KNOWLEDGE_ALLOWED_NETWORKS)
    except AddressInside:
        raise not_fetched("private_address", url) from None
    except AddressRefused as refused:
        raise not_fetched("bad_address", url, str(refused)) from None
    path = quote(parts.path, safe=_KEPT) or "/"
    query = quote(parts.query if keep_tracking else _without_tracking(parts.query), safe=_KEPT)
    return Address(parts.scheme, host, port, f"{path}?{query}" if query else path)


def joined(base: Address, link: str, *, keep_tracking: bool = False) -> Address:
    """Return the address that `link` means on the page at `base`; raises NotFetched as `address_of` does."""
    try:
        url = urljoin(base.url, link.strip())
    except ValueError:
        raise not_fetched("bad_address", link[:URL_MAX_CHARACTERS]) from None
    return address_of(url, keep_tracking=keep_tracking)


def _host(host: str) -> str:
    """Return the host's one spelling, "" for none; raises ValueError for what is no host."""
    if ":" in host:
        if "%" in host:
            raise ValueError("a zone names an interface of this machine")
        return host
    if not host.isascii():
        # Wide digits and dots become plain ones here, before anything is checked.
        host = idna.encode(host, uts46=True).decode("ascii")
    host = host.rstrip(".").lower()
    if host and not _NAME.fullmatch(host):
        raise ValueError("no name of a host")
    return host


def _without_tracking(query: str) -> str:
    return "&".join(part for part in query.split("&") if part and not _TRACKING.match(part))
