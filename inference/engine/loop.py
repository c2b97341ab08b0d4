"""The engine in a thread of its own, from loading to the end, watched for progress."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from enum import StrEnum

from inference.engine.engine import Engine
from inference.engine.request import Output, Request, SamplingParameters
from inference.engine.turns import Turns

logger = logging.getLogger(__name__)


class Status(StrEnum):
    LOADING = "loading"
    READY = "ready"
    STUCK = "stuck"
    FAILED = "failed"
    STOPPED = "stopped"


class EngineUnavailable(RuntimeError):
    """The engine takes no requests: it is loading, could not load, or has stopped."""


class EngineLoop:
    """Loads an engine and steps it while there is work. Its methods may be called from any thread.

    `loaded` is done once `load` has returned or raised. A step that fails ends all open requests with an
    error, and the loop goes on with the next ones. Steps take `turns` with whatever else computes here.
    """

    def __init__(
        self, load: Callable[[], Engine], *, stall_seconds: float = 30.0, turns: Turns | None = None
    ) -> None:
        self.loaded: Future[Engine] = Future()
        self._load = load
        self._stall_seconds = stall_seconds
        self._turns = turns or Turns()
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._main, name="engine", daemon=True)

    def start(self) -> None:
        """Load and begin to serve, without waiting for either."""
        self._thread.start()

    def stop(self) -> None:
        """End after the current step; open requests get an error."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def release(self) -> None:
        """Let go of the engine of a loop that was stopped, and so of its memory."""
        self.loaded = Future()
        self.loaded.set_exception(EngineUnavailable("The model has left."))

    async def settled(self) -> None:
        """Return once the model is loaded or could not be; raises nothing."""
        waiting = asyncio.wrap_future(self.loaded)
        # asyncio complains at the end of an error that nobody has asked for.
        waiting.add_done_callback(lambda done: None if done.cancelled() else done.exception())
        await asyncio.wait([waiting])

    @property
    def engine(self) -> Engine:
        """The loaded engine; raises EngineUnavailable where there is none."""
        if self._stopping or not self.loaded.done() or self.loaded.exception() is not None:
            raise EngineUnavailable(f"The model is not available: {self.status}.")
        return self.loaded.result()

    @property
    def status(self) -> Status:
        """Judged by progress: an engine with work that finished no step for `stall_seconds` is stuck."""
        if self._stopping:
            return Status.STOPPED
        if not self.loaded.done():
            return Status.LOADING
        if self.loaded.exception() is not None:
            return Status.FAILED
        return Status.STUCK if self.loaded.result().stalled_for > self._stall_seconds else Status.READY

    def submit(
        self,
        prompt: Sequence[int],
        sampling: SamplingParameters,
        deliver: Callable[[Output], None],
        *,
        timeout: float | None = None,
    ) -> Request:
        """As Engine.submit; raises EngineUnavailable too."""
        request = self.engine.submit(prompt, sampling, deliver, timeout=timeout)
        self._wake.set()
        return request

    def cancel(self, request: Request) -> None:
        """As Engine.cancel."""
        request.cancelled = True
        self._wake.set()

    def _main(self) -> None:
        try:
            engine = self._load()
        except Exception as error:
            self.loaded.set_exception(error)
            return

        def is_hurried() -> bool:
            return engine.owes_first_token

        self._turns.heed(is_hurried)
        self.loaded.set_result(engine)
        while not self._stopping:
            self._wake.wait()
            self._wake.clear()
            while engine.has_work and not self._stopping:
                self._step(engine)
        self._turns.ignore(is_hurried)
        engine.fail_all("The model server is stopping.")

    def _step(self, engine: Engine) -> None:
        try:
            with self._turns.step():
                engine.step()
        except Exception as error:
            logger.exception("A step failed; open requests end with an error.")
            engine.fail_all(f"The engine failed while it made this answer: {error}")
