"""The sentiment heads that a server has loaded: each when it is first asked for, the last few at a time."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from inference.engine.loader import LoadError
from inference.engine.loop import EngineUnavailable
from inference.engine.scheduler import QueueFull
from inference.engine.sentiment_classifier import Explanation, SentimentClassifier
from inference.engine.turns import Turns
from inference.server.embedder import Embedder
from inference.server.served_head import ACTIVE, Resolve, ServedHead

logger = logging.getLogger(__name__)

LOADED_AT_MOST = 2
MAX_WAITING = 64
MAX_EXPLANATIONS_WAITING = 8
# The question that came along with a message is encoded first, and texts that come together share a batch.
GATHERING_SECONDS = 0.05
_ACTIVE_IS_KNOWN_SECONDS = 1.0
# A head that could not be loaded is tried again, since what it lacked may be there by then.
_TRY_AGAIN_SECONDS = 10.0


Load = Callable[[ServedHead, Turns], SentimentClassifier]


class Head:
    """One head at work: a classifier in a thread of its own, behind a queue."""

    def __init__(self, served: ServedHead, load: Load, turns: Turns) -> None:
        self.served = served
        self.begun = time.monotonic()
        self._classifier: SentimentClassifier | None = None

        def load_once() -> SentimentClassifier:
            self._classifier = load(served, turns)
            return self._classifier

        self.texts: Embedder[str] = Embedder(
            served.name, load_once, max_waiting=MAX_WAITING, gathering_seconds=GATHERING_SECONDS
        )
        self.texts.start()

    @property
    def name(self) -> str:
        return self.served.name

    @property
    def classifier(self) -> SentimentClassifier:
        """The network; raises EngineUnavailable before it is loaded."""
        if self._classifier is None:
            raise EngineUnavailable(f"{self.name} is not loaded yet.")
        return self._classifier

    @property
    def is_worth_another_try(self) -> bool:
        return bool(self.texts.refusal) and time.monotonic() - self.begun > _TRY_AGAIN_SECONDS


class Heads:
    """Heads by name, for one event loop. With the engine's `turns`, whatever they compute waits for it."""

    def __init__(self, resolve: Resolve, turns: Turns, *, load: Load | None = None) -> None:
        self._resolve = resolve
        self._turns = turns
        self._load = load or load_head
        # The last one used comes last.
        self._heads: dict[str, Head] = {}
        self._active: ServedHead | None = None
        self._active_known_until = 0.0
        self._lock = asyncio.Lock()
        self._leaving: set[asyncio.Task[None]] = set()
        self._explaining = ThreadPoolExecutor(1, thread_name_prefix="explaining")
        self._explanations = 0
        self._stopping = Event()

    @property
    def loaded(self) -> list[str]:
        """The names of the heads in memory."""
        return [name for name, head in self._heads.items() if not head.texts.refusal]

    async def active(self) -> ServedHead | None:
        """The active head, known for a second; the last one known where the registry does not answer."""
        if time.monotonic() >= self._active_known_until:
            try:
                self._active = await asyncio.to_thread(self._resolve, ACTIVE)
            except Exception:
                logger.exception("It cannot be told which sentiment head is active.")
            self._active_known_until = time.monotonic() + _ACTIVE_IS_KNOWN_SECONDS
        return self._active

    async def find(self, wanted: str) -> Head | None:
        """The head of that name, which begins to load where it is not here yet; None where there is none."""
        async with self._lock:
            if wanted == ACTIVE:
                served = await self.active()
            elif wanted in self._heads:
                served = self._heads[wanted].served
            else:
                served = await asyncio.to_thread(self._resolve, wanted)
            if served is None:
                return None
            head = self._heads.pop(served.name, None)
            if head is not None and head.is_worth_another_try:
                self._retire(head)
                head, served = None, await asyncio.to_thread(self._resolve, wanted) or served
            if head is None:
                head = Head(served, self._load, self._turns)
            self._heads[served.name] = head
            while len(self._heads) > LOADED_AT_MOST:
                self._retire(self._heads.pop(next(iter(self._heads))))
            return head

    async def explain(self, head: Head, text: str) -> Explanation:
        """Which words of `text` pulled which way, one explanation at a time.

        Raises QueueFull, or what loading raised. Cancelled, it ends at the next pass of the network.
        """
        if self._explanations > MAX_EXPLANATIONS_WAITING:
            raise QueueFull(f"{self._explanations} explanations are waiting already.")
        gone = Event()
        self._explanations += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._explaining, self._explain, head.classifier, text, gone)
        finally:
            gone.set()
            self._explanations -= 1

    async def stop(self) -> None:
        """End after the current batches; open requests get an error."""
        self._stopping.set()
        self._explaining.shutdown(wait=False, cancel_futures=True)
        for head in self._heads.values():
            await asyncio.to_thread(head.texts.stop)
        for task in list(self._leaving):
            task.cancel()

    def _explain(self, classifier: SentimentClassifier, text: str, gone: Event) -> Explanation:
        for result in classifier.explain(text):
            if result is not None:
                return result
            if gone.is_set() or self._stopping.is_set():
                break
        raise EngineUnavailable("The model server is stopping.")

    def _retire(self, head: Head) -> None:
        """Let a head answer what was asked of it, and then go."""

        async def leave() -> None:
            try:
                await head.texts.drained()
            finally:
                await asyncio.to_thread(head.texts.stop)
            logger.info("%s has left.", head.name)

        task = asyncio.create_task(leave())
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)


def load_head(served: ServedHead, turns: Turns) -> SentimentClassifier:
    """Read a head and its encoder from their folders; raises LoadError with a sentence."""
    if served.base is None:
        raise LoadError(served.lacks)
    return SentimentClassifier.load(served.base, served.path, turns)
