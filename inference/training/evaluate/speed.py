"""How fast a version answers here, and what it needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from inference.training.evaluate.answering import Message, Writer
from inference.training.evaluate.rows import Row
from inference.training.evaluate.sampling import digest_of

MEASURE = "speed"
TOKENS = 64
# The first answers also pay for what is done once.
WARMING = 2
_TOPICS = (
    *("delivery to an island", "a lamp that flickers", "an invoice for a company", "a discount code"),
    *(
        "a parcel that was left in the rain",
        "a second address",
        "a gift with a card",
        "the colour of a shade",
    ),
    *("a cancelled order", "the guarantee of a used lamp", "a missing screw", "opening hours on holidays"),
)


def cases() -> list[list[Message]]:
    """Return conversations that begin differently, so that none finds another's beginning in the cache."""
    return [
        [
            {
                "role": "system",
                "content": f"About {topic}: you help the customers of a shop. Be kind and brief.",
            },
            {
                "role": "user",
                "content": f"I have a question about {topic}. I wrote to you last week and heard nothing. "
                "Please tell me step by step what you can do for me, what it costs, and how long it takes.",
            },
        ]
        for topic in _TOPICS
    ]


def named() -> str:
    """Return what names these conversations."""
    return digest_of([str(TOKENS), *(message["content"] for case in cases() for message in case)])


def rows(writer: Writer) -> Iterator[Row]:
    """Yield a row for each conversation; raises CannotAnswer."""
    for place, messages in enumerate(cases()):
        timing = writer.timed(messages, TOKENS)
        if place < WARMING:
            continue
        written = [float(timing.tokens - 1), max(timing.whole - timing.first, 1e-9)]
        values = {"tokens_per_second": written, "first_token_ms": [1000 * timing.first, 1.0]}
        yield Row(MEASURE, f"{place}", values)


def resident_mb() -> float:
    """Return the memory of this process that lies in the machine's, in MB of 10**6 bytes."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0
