"""What one page may cost."""

from dataclasses import dataclass

MIB = 1024 * 1024
REDIRECTS_MAX = 5
ROBOTS_SECONDS = 10.0
ROBOTS_MAX_BYTES = 512 * 1024
CRAWL_DELAY_MAX_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """At most so many bytes, unpacked, and so many seconds with all redirects."""

    bytes: int = 20 * MIB
    seconds: float = 30.0


DEFAULT = FetchLimits()
