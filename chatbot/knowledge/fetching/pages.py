"""One page, from an address that a person typed."""

import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from chatbot.knowledge.fetching.addresses import Address, address_of
from chatbot.knowledge.fetching.following import follow
from chatbot.knowledge.fetching.limits import DEFAULT, FetchLimits
from chatbot.knowledge.fetching.robots import Robots

_READABLE = {
    "text/html",
    "application/xhtml+xml",
    "text/plain",
    "text/markdown",
    "text/x-markdown",
    "text/csv",
    "application/csv",
    "application/pdf",
    "application/x-pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
# Some servers say no more than this of files that they hand out; the file's name says the rest.
_NOTHING_SAID = {"", "application/octet-stream", "binary/octet-stream"}
_READABLE_NAMES = {".pdf", ".docx", ".md", ".markdown", ".txt", ".csv", ".html", ".htm"}


@dataclass(frozen=True, slots=True)
class Page:
    """What came: `final_url` is where the redirects ended, `media_type` may hold the charset too."""

    url: str
    final_url: str
    media_type: str
    content: bytes


def fetch(
    url: str,
    *,
    robots: Robots | None = None,
    limits: FetchLimits = DEFAULT,
    tls: ssl.SSLContext | None = None,
) -> Page:
    """Get a page that can be read, through redirects, with everything that leads inside refused.

    robots.txt of each site on the way is heeded; `robots` keeps it for further pages. Raises NotFetched with
    one of the codes bad_address, private_address, robots_denied, robots_unknown, redirect_loop,
    insecure_redirect, not_found, forbidden, busy, failed, too_large, too_slow, wrong_type, unreachable,
    broken_answer. Takes at most `limits.seconds`, but for the system's resolver and the first reading of each
    robots.txt, 10 seconds.
    """
    return fetch_address(address_of(url), robots=robots or Robots(), limits=limits, tls=tls)


def fetch_address(
    address: Address, *, robots: Robots, limits: FetchLimits, tls: ssl.SSLContext | None = None
) -> Page:
    """Do what `fetch` does for an address that is taken apart already."""
    final, got = follow(
        address,
        deadline=time.monotonic() + limits.seconds,
        max_bytes=limits.bytes,
        accepts=_accepts(address),
        check=robots.check,
        tls=tls,
    )
    return Page(address.url, final.url, got.media_type, got.content)


def _accepts(address: Address) -> Callable[[str], bool]:
    has_readable_name = PurePosixPath(address.path).suffix.lower() in _READABLE_NAMES

    def accepts(media_type: str) -> bool:
        essence = media_type.partition(";")[0].strip().lower()
        return essence in _READABLE or (essence in _NOTHING_SAID and (has_readable_name or not essence))

    return accepts
