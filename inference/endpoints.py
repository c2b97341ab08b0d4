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
    # What may be asked for by name, each with its context length, 0 where the server does not tell.
    offers: dict[str, int] = field(default_factory=dict)
    described_at: float = 0.0
    counts_tokens: bool = True
    root: str = field(init=False)

    def __post_init__(self) -> None:
        self.url = self.url.rstrip("/")
        parts = urlsplit(self.url)
        path = parts.path.removesuffix("/v1")
        self.root = urlunsplit((parts.scheme, parts.netloc, path, "", ""))

    @property
    def context_tokens(self) -> int:
        """The context length of the model that answers where none is named."""
        return self.offers.get(self.model, 0)

    def knows(self, model: str) -> bool:
        """Whether it is known that requests may name this model."""
        return model in self.offers

    def forget(self) -> None:
        """Note that what the server serves may have changed."""
        self.model = ""
        self.offers = {}

    def succeeded(self) -> None:
        """Note that the server made progress."""
        self.failures = 0
        self.paused_until = 0.0

    def failed(self) -> None:
        """Note that the server did not answer: leave it alone for a time that doubles with each failure."""
        pause = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2**self.failures)
        self.failures += 1
        self.paused_until = time.monotonic() + pause
        # What it serves may be something else by the time it is back.
        self.forget()


def choose(endpoints: list[Endpoint], model: str = "") -> Endpoint | None:
    """Return the endpoint with the least outstanding work that is not paused, or None.

    One that is known to serve `model`, or of which nothing is known, goes before one that does not.
    """
    now = time.monotonic()
    ready = [endpoint for endpoint in endpoints if endpoint.paused_until <= now]

    def badness(endpoint: Endpoint) -> tuple[int, bool, int]:
        lacks = bool(model and endpoint.offers) and not endpoint.knows(model)
        return endpoint.failures, lacks, endpoint.outstanding

    return min(ready, key=badness, default=None)
