"""From an address to where it leads: every step is checked as the first one was."""

import ssl
from collections.abc import Callable

from chatbot.knowledge.fetching.addresses import Address, joined
from chatbot.knowledge.fetching.getting import Got, get
from chatbot.knowledge.fetching.limits import REDIRECTS_MAX
from chatbot.knowledge.fetching.not_fetched import not_fetched


def follow(
    address: Address,
    *,
    deadline: float,
    max_bytes: int,
    accepts: Callable[[str], bool],
    check: Callable[[Address], None] | None = None,
    cut: bool = False,
    tls: ssl.SSLContext | None = None,
) -> tuple[Address, Got]:
    """Return the last address and what it gave; `check` is called with each address before it is asked.

    Raises NotFetched, with the address at which it happened: also for more than 5 redirects, for one that
    comes back, and for one from https to http.
    """
    seen = set()
    for _step in range(REDIRECTS_MAX + 1):
        seen.add(address.url)
        if check is not None:
            check(address)
        got = get(address, deadline=deadline, max_bytes=max_bytes, accepts=accepts, cut=cut, tls=tls)
        if not got.location:
            return address, got
        onward = joined(address, got.location, keep_tracking=True)
        if onward.url in seen:
            break
        if address.scheme == "https" and onward.scheme == "http":
            raise not_fetched("insecure_redirect", onward.url)
        address = onward
    raise not_fetched("redirect_loop", address.url)
