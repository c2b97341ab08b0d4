"""An encoder behind a bounded queue, in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Generic, Protocol, TypeVar

from inference.engine.encoder import Purpose
from inference.engine.encoder_batches import Embeddings, EncoderBatches, EncodingJob, fail
from inference.engine.loader import LoadError
from inference.engine.loop import EngineUnavailable
from inference.engine.scheduler import QueueFull

logger = logging.getLogger(__name__)


# A text, or for a cross-encoder a question with a passage.
Text = TypeVar("Text")
ReadText = TypeVar("ReadText", contravariant=True)


class Encoder(Protocol[ReadText]):
    """What an encoder model offers."""

    def tokenize(self, texts: Sequence[ReadText], purpose: Purpose) -> list[list[int]]: ...

    def encode(self, batch: Sequence[list[int]]) -> list[list[float]]: ...


@dataclass(frozen=True, slots=True)
class _Request(Generic[Text]):
    texts: list[Text]
    purpose: Purpose
    result: Future[Embeddings] = field(default_factory=Future)


class Embedder(Generic[Text]):
    """Embeds the requests that are there together in common batches; at most `max_waiting` wait.

    Its thread loads the encoder first; requests that come earlier wait for it. The first one after a pause
    waits for company, and for whoever is in a hurry, for `gathering_seconds`.
    """

    def __init__(
        self,
        name: str,
        load: Callable[[], Encoder[Text]],
        *,
        max_waiting: int = 32,
        gathering_seconds: float = 0.0,
    ) -> None:
        self.name = name
        self._load = load
        self._gathering_seconds = gathering_seconds
        self._max_open = max_waiting + 1
        self._open = 0
        self._nothing_open = asyncio.Event()
        self._nothing_open.set()
        self._lock = threading.Lock()
        self._refusal = ""
        self._inbox: SimpleQueue[_Request[Text] | None] = SimpleQueue()
        self._batches = EncoderBatches()
        self._thread = threading.Thread(target=self._main, name="encoder", daemon=True)

    def start(self) -> None:
        """Load the encoder and begin to serve, without waiting for either."""
        self._thread.start()

    def stop(self) -> None:
        """End after the current batch; open requests get an error."""
        with self._lock:
            self._refusal = "The model server is stopping."
            self._inbox.put(None)
        if self._thread.is_alive():
            self._thread.join()
        self._refuse_open_requests()

    async def drained(self) -> None:
        """Return when no request is open."""
        await self._nothing_open.wait()

    @property
    def refusal(self) -> str:
        """Why it takes no requests; empty while it does."""
        return self._refusal

    async def embed(self, texts: Sequence[Text], purpose: Purpose = "query") -> Embeddings:
        """The vectors of the texts; raises QueueFull or EngineUnavailable.

        Texts of a cancelled call that are in no batch yet are skipped.
        """
        if self._open >= self._max_open:
            raise QueueFull(f"{self._open} embedding requests are waiting already.")
        request = _Request(list(texts), purpose)
        with self._lock:
            if self._refusal:
                raise EngineUnavailable(self._refusal)
            self._inbox.put(request)
        self._open += 1
        self._nothing_open.clear()
        try:
            return await asyncio.wrap_future(request.result)
        finally:
            self._open -= 1
            if not self._open:
                self._nothing_open.set()

    def _main(self) -> None:
        try:
            encoder = self._load()
        except LoadError as error:
            logger.error("%s cannot be loaded: %s", self.name, error)
            self._refuse(str(error))
            return
        except Exception:
            logger.exception("The encoder %s cannot be loaded.", self.name)
            self._refuse(f"The encoder {self.name} could not be loaded.")
            return
        logger.info("The encoder %s is ready.", self.name)
        while not self._refusal:
            self._receive(encoder)
            if batch := self._batches.take():
                _encode(encoder, batch)

    def _receive(self, encoder: Encoder[Text]) -> None:
        """Take in what has come; wait only where there is nothing else to do."""
        asked, gathered_at = time.monotonic(), 0.0
        while not self._refusal:
            was_idle = not self._batches.jobs
            try:
                request = self._next(gathered_at)
            except Empty:
                return
            now = time.monotonic()
            if was_idle and now - asked >= self._gathering_seconds:
                gathered_at = now + self._gathering_seconds
            if request is None or request.result.cancelled():
                continue
            try:
                tokens = encoder.tokenize(request.texts, request.purpose)
            except Exception as error:
                fail(request.result, error)
            else:
                self._batches.add(EncodingJob(tokens, request.result))

    def _next(self, gathered_at: float) -> _Request[Text] | None:
        """What comes next; raises Empty where there is work to do and nothing more came by `gathered_at`."""
        if not self._batches.jobs:
            return self._inbox.get()
        left = gathered_at - time.monotonic()
        return self._inbox.get(timeout=left) if left > 0 else self._inbox.get_nowait()

    def _refuse(self, refusal: str) -> None:
        with self._lock:
            self._refusal = self._refusal or refusal
        self._refuse_open_requests()

    def _refuse_open_requests(self) -> None:
        error = EngineUnavailable(self._refusal)
        for job in self._batches.jobs:
            fail(job.result, error)
        with contextlib.suppress(Empty):
            while True:
                if request := self._inbox.get_nowait():
                    fail(request.result, error)


def _encode(encoder: Encoder[Text], batch: Sequence[tuple[EncodingJob, int]]) -> None:
    """Answer the texts of a batch. One that fails ends the jobs that had texts in it."""
    try:
        vectors = encoder.encode([job.tokens[index] for job, index in batch])
    except Exception as error:
        for job, _index in batch:
            fail(job.result, error)
        return
    for (job, index), vector in zip(batch, vectors, strict=True):
        job.answer(index, vector)
