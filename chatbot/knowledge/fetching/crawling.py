"""A site's pages, one after the other: those of a list, or those that links lead to."""

import hashlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from chatbot.knowledge.fetching.addresses import Address, address_of, joined
from chatbot.knowledge.fetching.limits import DEFAULT, FetchLimits
from chatbot.knowledge.fetching.not_fetched import NotFetched, not_fetched
from chatbot.knowledge.fetching.pages import Page, fetch_address
from chatbot.knowledge.fetching.robots import Robots
from chatbot.knowledge.parsing import PageLinks, Unreadable, page_links

PAUSE_SECONDS = 0.5
_STOP_ASKED_EVERY_SECONDS = 0.25
_WAITING_MAX = 20_000
# Files that are never read, so that they are not even asked for.
_FILES = (
    ".jpg .jpeg .png .gif .webp .avif .svg .ico .bmp .tif .tiff .mp3 .mp4 .m4a .mov .avi .webm .ogg"
    " .wav .zip .gz .tgz .tar .rar .7z .exe .msi .dmg .apk .iso .css .js .mjs .json .xml .rss .atom"
    " .woff .woff2 .ttf .eot .xls .xlsx .ppt .pptx .doc .odt .ods .epub"
)
_SKIPPED = frozenset(_FILES.split())


@dataclass(frozen=True, slots=True)
class Visit:
    """One address that was asked: a page, or the error instead of it.

    `url` is the page's own spelling of its address where it names one, `depth` the number of links from the
    start. `done` addresses were asked so far, this one included, and `waiting` are known and not asked yet.
    """

    url: str
    depth: int
    page: Page | None
    error: NotFetched | None
    done: int
    waiting: int


def crawl(
    start: str,
    max_depth: int = 2,
    max_pages: int = 200,
    *,
    robots: Robots | None = None,
    limits: FetchLimits = DEFAULT,
    pause: float = PAUSE_SECONDS,
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[Visit]:
    """Yield the start and the pages of its host that links lead to, the nearest first.

    At most `max_pages` addresses are asked, with `pause` seconds, or as many as robots.txt wants, between
    them. A page that fails is one Visit with an error and ends nothing; only an address that is none, or is
    inside, raises NotFetched at once. Where the start leads to another host, that host is the one. Closing
    the iterator, or `should_stop`, ends it.
    """
    first = address_of(start)
    walk = _Walk(robots or Robots(), limits, pause, should_stop, max_depth, max_pages, start=first)
    return walk.through([first])


def visit(
    urls: Iterable[str],
    *,
    robots: Robots | None = None,
    limits: FetchLimits = DEFAULT,
    pause: float = PAUSE_SECONDS,
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[Visit]:
    """Yield the pages of a list, as `crawl` does, without following their links."""
    addresses = [address_of(url) for url in urls]
    return _Walk(robots or Robots(), limits, pause, should_stop, 0, len(addresses)).through(addresses)


@dataclass
class _Walk:
    """One way through addresses, each asked once."""

    robots: Robots
    limits: FetchLimits
    pause: float
    should_stop: Callable[[], bool]
    max_depth: int
    max_pages: int
    start: Address | None = None
    waiting: deque[tuple[Address, int]] = field(default_factory=deque)
    seen: set[str] = field(default_factory=set)
    shown: set[str] = field(default_factory=set)
    contents: set[str] = field(default_factory=set)

    def through(self, addresses: list[Address]) -> Iterator[Visit]:
        for address in addresses:
            self._later(address, 0)
        done = 0
        while self.waiting and done < self.max_pages and not self.should_stop():
            address, depth = self.waiting.popleft()
            if done and not _wait(_pause_at(address, self.robots, self.pause), self.should_stop):
                return
            done += 1
            try:
                page = fetch_address(address, robots=self.robots, limits=self.limits)
                url = self._taken_in(address, depth, page)
            except NotFetched as error:
                yield Visit(address.url, depth, None, error, done, len(self.waiting))
                continue
            if url:
                yield Visit(url, depth, page, None, done, len(self.waiting))

    def _taken_in(self, address: Address, depth: int, page: Page) -> str:
        """Note what a page leads to, and return its address, or "" for a page that was there before.

        A page's word on its own address is taken only once: sites name their front page on every page.
        """
        final = address_of(page.final_url, keep_tracking=True)
        if not final.same_host(address) and address is not self.start:
            raise not_fetched("other_site", page.final_url)
        links = _links(page)
        own = _own_address(final, links)
        self.seen |= {final.url, own.url}
        if depth < self.max_depth:
            for link in _of_site(final, links):
                self._later(link, depth + 1)
        digest = hashlib.sha256(page.content).hexdigest()
        url = own.url if own.url not in self.shown else final.url
        if digest in self.contents or url in self.shown:
            return ""
        self.contents.add(digest)
        self.shown.add(url)
        return url

    def _later(self, address: Address, depth: int) -> None:
        if address.url not in self.seen and len(self.waiting) < _WAITING_MAX:
            self.seen.add(address.url)
            self.waiting.append((address, depth))


def _links(page: Page) -> PageLinks:
    """Return a page's links; a page that cannot be taken apart has none."""
    essence, _semicolon, parameters = page.media_type.partition(";")
    if "html" not in essence:
        return PageLinks()
    charset = parameters.rpartition("charset=")[2].strip().strip("\"'") if "charset=" in parameters else ""
    try:
        return page_links(page.content, charset=charset)
    except Unreadable:
        return PageLinks()


def _own_address(final: Address, links: PageLinks) -> Address:
    """Return the address that a page calls its own, if it is of the same host, or else where it was found."""
    if links.canonical:
        try:
            own = joined(final, links.canonical)
        except NotFetched:
            return final
        if own.same_host(final):
            return own
    return final


def _of_site(final: Address, links: PageLinks) -> Iterator[Address]:
    base = final
    if links.base:
        try:
            base = joined(final, links.base)
        except NotFetched:
            base = final
    for link in links.links:
        try:
            address = joined(base, link)
        except NotFetched:
            continue
        if address.same_host(final) and PurePosixPath(address.path).suffix.lower() not in _SKIPPED:
            yield address


def _pause_at(address: Address, robots: Robots, pause: float) -> float:
    try:
        return max(pause, robots.pause(address))
    except NotFetched:
        # Its robots.txt cannot be read: asking for the page says so, without a request.
        return 0.0


def _wait(seconds: float, should_stop: Callable[[], bool]) -> bool:
    """Wait, and return False as soon as it is to stop."""
    end = time.monotonic() + seconds
    never = threading.Event()
    while (left := end - time.monotonic()) > 0:
        if should_stop():
            return False
        never.wait(min(left, _STOP_ASKED_EVERY_SECONDS))
    return not should_stop()
