"""robots.txt: what a site asks programs not to read, and how slowly (RFC 9309)."""

import time

from protego import Protego

from chatbot.knowledge.fetching.addresses import Address
from chatbot.knowledge.fetching.following import follow
from chatbot.knowledge.fetching.getting import ROBOT
from chatbot.knowledge.fetching.limits import CRAWL_DELAY_MAX_SECONDS, ROBOTS_MAX_BYTES, ROBOTS_SECONDS
from chatbot.knowledge.fetching.not_fetched import NotFetched, not_fetched

# The page's own request would end the same way, so that this is what people are told.
_ALSO_OF_THE_PAGE = {"private_address", "bad_address", "unreachable", "too_slow"}


class Robots:
    """Reads each site's robots.txt once and keeps it as long as it lives: for one page, or for one crawl."""

    def __init__(self) -> None:
        self._rules: dict[str, Protego | NotFetched] = {}

    def check(self, address: Address) -> None:
        """Raise NotFetched("robots_denied") for a page that the site does not want read.

        A site without robots.txt wants all its pages read. One whose robots.txt fails to come is not read:
        NotFetched("robots_unknown").
        """
        if not self._of(address).can_fetch(address.url, ROBOT):
            raise not_fetched("robots_denied", address.url)

    def pause(self, address: Address) -> float:
        """Return the seconds that the site wants between requests, 10 at most, 0 where it says nothing."""
        delay = self._of(address).crawl_delay(ROBOT) or 0.0
        return min(max(0.0, float(delay)), CRAWL_DELAY_MAX_SECONDS)

    def _of(self, address: Address) -> Protego:
        if address.origin not in self._rules:
            self._rules[address.origin] = _read(address)
        rules = self._rules[address.origin]
        if isinstance(rules, NotFetched):
            raise NotFetched(rules.code, rules.detail, address.url)
        return rules


def _read(address: Address) -> Protego | NotFetched:
    robots = Address(address.scheme, address.host, address.port, "/robots.txt")
    try:
        _final, got = follow(
            robots,
            deadline=time.monotonic() + ROBOTS_SECONDS,
            max_bytes=ROBOTS_MAX_BYTES,
            accepts=lambda media_type: True,
            cut=True,
        )
    except NotFetched as error:
        if error.code in ("not_found", "forbidden"):
            return Protego.parse("")
        if error.code in _ALSO_OF_THE_PAGE and error.url == robots.url:
            return error
        return not_fetched("robots_unknown", robots.url)
    return Protego.parse(got.content.decode("utf-8", "replace"))
