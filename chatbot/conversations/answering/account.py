"""What an answer gives account of: where it came from, what was checked, how long it took."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from inference.gateway import ChatMessage, Chunk

Kind = Literal["", "curated", "quoted", "checked", "free", "small_talk", "unknown"]


@dataclass
class Account:
    """Filled in while an answer is written; the reply's trace stores it.

    `sources` are what the visitor sees: {"number", "title", "url", "related"}. `passages` are all that were
    found: {"passage", "document", "title", "url", "heading", "question", "text", "vector", "lexical",
    "score", "cited", "related"}; `related` ones are shown with the answer and not used in it. `sentences` are
    what the model wrote: {"text", "supported", "passages", "score", "sent"}, `passages` being numbers from 1.
    `timings` are milliseconds by name.
    """

    kind: Kind = ""
    mode: str = ""
    language: str = ""
    query: str = ""
    confidence: float | None = None
    sources: list[dict[str, Any]] = field(default_factory=list)
    passages: list[dict[str, Any]] = field(default_factory=list)
    sentences: list[dict[str, Any]] = field(default_factory=list)
    # As sent to the model; empty where it was not asked.
    messages: list[ChatMessage] = field(default_factory=list)
    # How many of the oldest turns did not fit.
    cut: int = 0
    timings: dict[str, float] = field(default_factory=dict)
    last: Chunk = field(default_factory=Chunk)

    def prompt_as_sent(self) -> list[ChatMessage]:
        """Return the prompt with the passages, and the question, as the model read them.

        What was said between them stands in the conversation; without passages the prompt's version tells.
        """
        return [self.messages[0], self.messages[-1]] if self.messages and self.passages else []

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Add how long the block takes to the timing `name`."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.timings[name] = round(self.timings.get(name, 0.0) + (time.perf_counter() - began) * 1000, 2)
