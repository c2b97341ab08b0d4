"""The encoder behind a bounded queue, in a thread of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from inference.engine.scheduler import QueueFull


class Embeddings(Protocol):
    """Vectors in the order of the texts, and the tokens that they took."""

    @property
    def vectors(self) -> list[list[float]]: ...

    @property
    def token_count(self) -> int: ...


class Encoder(Protocol):
    """What an encoder model offers."""

    @property
    def name(self) -> str: ...

    def embed(self, texts: list[str]) -> Embeddings: ...


class Embedder:
    """Embeds one request after the other; at most `max_waiting` wait."""

    def __init__(self, encoder: Encoder, *, name: str | None = None, max_waiting: int = 32) -> None:
        self.name = name or encoder.name
        self._encoder = encoder
        self._open = 0
        self._max_open = max_waiting + 1
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="encoder")

    async def embed(self, texts: Sequence[str]) -> Embeddings:
        """The vectors of the texts; raises QueueFull."""
        if self._open >= self._max_open:
            raise QueueFull(f"{self._open} embedding requests are waiting already.")
        self._open += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._thread, self._encoder.embed, list(texts)
            )
        finally:
            self._open -= 1

    def stop(self) -> None:
        """Drop what waits."""
        self._thread.shutdown(wait=False, cancel_futures=True)
