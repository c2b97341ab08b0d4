"""The servers that generate text for us, and which of them to ask next."""

import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 10.0


@dataclass
class Endpoint:
    """One OpenAI-compatible server, with what this process knows of it."""

    url: str
    outstanding: int = 0
    failures: int = 0
    paused_until: float = 0.0
    model: str = ""
    context_tokens: int = 0
    counts_tokens: bool = True
    root: str = field(init=False)

    def __post_init__(self) -> None:
        self.url = self.url.rstrip("/")
        parts = urlsplit(self.url)
        path = parts.path.removesuffix("/v1")
        self.root = urlunsplit((parts.scheme, parts.netloc, path, "", ""))

    def succeeded(self) -> None:
        """Note that the server made progress."""
        self.failures = 0
        self.paused_until = 0.0

    def failed(self) -> None:
        """Note that the server did not answer: leave it alone for a time that doubles with each failure."""
        pause = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2**self.failures)
        self.failures += 1
        self.paused_until = time.monotonic() + pause
        # What it serves may have changed by the time it is back.
        self.model = ""


def choose(endpoints: list[Endpoint]) -> Endpoint | None:
    """Return the endpoint with the least outstanding work that is not paused, or None."""
    now = time.monotonic()
    ready = [endpoint for endpoint in endpoints if endpoint.paused_until <= now]
    return min(ready, key=lambda endpoint: (endpoint.failures, endpoint.outstanding), default=None)
