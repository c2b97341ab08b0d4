"""Outputs of the engine's thread, read on the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial

from inference.engine.loop import EngineLoop
from inference.engine.mailbox import Mailbox
from inference.engine.request import FinishReason, Output, Request, SamplingParameters

# Nobody reads more pieces a second than this leaves, and to send one costs more than to compute a token.
PIECE_SECONDS = 0.05


class GenerationFailed(RuntimeError):
    """The engine could not finish an answer."""


class DeadlineExceeded(GenerationFailed):
    """An answer took longer than it may."""


class OutputStream:
    """One answer as an asynchronous iterator. Its queue is bounded by the answer's own max_tokens."""

    def __init__(
        self,
        loop: EngineLoop,
        prompt: Sequence[int],
        sampling: SamplingParameters,
        on_end: Callable[[Request], None] | None = None,
        *,
        timeout: float | None = None,
    ) -> None:
        """Submit the request; raises what EngineLoop.submit raises. `on_end` is called once, in any case."""
        self._mailbox = Mailbox.here()
        self._outputs: asyncio.Queue[Output] = asyncio.Queue()
        self._engine_loop = loop
        self._on_end = on_end
        self.request = loop.submit(prompt, sampling, self._deliver, timeout=timeout)

    def cancel(self) -> None:
        """Give the answer up; the iterator then ends with finish reason `cancelled`."""
        self._engine_loop.cancel(self.request)

    async def __aiter__(self) -> AsyncIterator[Output]:
        """Yield outputs up to the one with a finish reason; raises GenerationFailed. Leaving cancels.

        The first comes at once; after that, what has come in PIECE_SECONDS is one output.
        """
        try:
            while True:
                output = await self._outputs.get()
                while not self._outputs.empty():
                    output = output.followed_by(self._outputs.get_nowait())
                if output.finish_reason is FinishReason.ERROR:
                    if output.text:
                        yield Output(output.text, logprobs=output.logprobs)
                    raise self._failure(output.error)
                yield output
                if output.finish_reason is not None:
                    return
                await asyncio.sleep(PIECE_SECONDS)
        finally:
            self.cancel()

    def _failure(self, message: str) -> GenerationFailed:
        finished = self.request.finished
        late = finished is not None and self.request.is_late(finished)
        return DeadlineExceeded(message) if late else GenerationFailed(message)

    def _deliver(self, output: Output) -> None:
        self._mailbox.post(partial(self._take, output))

    def _take(self, output: Output) -> None:
        if output.finish_reason is not None and self._on_end is not None:
            self._on_end(self.request)
        self._outputs.put_nowait(output)
