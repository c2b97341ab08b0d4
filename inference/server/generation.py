"""One answer for one HTTP client: it begins with the request, and ends when the client goes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from fastapi import Request

from inference.engine.request import FinishReason, Output, SamplingParameters
from inference.engine.scheduler import QueueFull
from inference.engine.stream import OutputStream
from inference.server.backend import Backend
from inference.server.errors import as_api_error


class Generation:
    """The outputs of an answer. Submits at once, so that a refusal is still an HTTP status."""

    def __init__(
        self, http_request: Request, backend: Backend, prompt: Sequence[int], sampling: SamplingParameters
    ) -> None:
        """Raises ApiError for what the engine refuses."""
        try:
            self._stream = OutputStream(backend.loop, prompt, sampling, on_end=backend.metrics.answered)
        except (ValueError, QueueFull) as error:
            raise as_api_error(error, retry_after=backend.loop.engine.retry_after) from error
        self.finish_reason: FinishReason | None = None
        # Neither a handler that waits nor a response that has not begun is told by the framework that its
        # client left.
        self._watch = asyncio.create_task(self._cancel_on_disconnect(http_request))

    async def __aiter__(self) -> AsyncIterator[Output]:
        """Yield outputs; raises GenerationFailed."""
        try:
            async for output in self._stream:
                self.finish_reason = output.finish_reason
                yield output
        finally:
            self._watch.cancel()

    async def text(self) -> str:
        """The whole answer."""
        return "".join([output.text async for output in self])

    @property
    def usage(self) -> dict[str, int]:
        """Tokens so far, as OpenAI counts them."""
        request = self._stream.request
        prompt, completion = len(request.prompt), len(request.output)
        return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}

    async def _cancel_on_disconnect(self, http_request: Request) -> None:
        while (await http_request.receive())["type"] != "http.disconnect":
            pass
        self._stream.cancel()
