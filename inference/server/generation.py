"""The answers to one HTTP request: they begin with it, and end when the client goes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from fastapi import Request

from inference.engine.logprobs import TokenLogprobs
from inference.engine.request import FinishReason, Output, SamplingParameters
from inference.engine.scheduler import QueueFull
from inference.engine.stream import GenerationFailed, OutputStream
from inference.server.backend import Backend
from inference.server.engines import Serving
from inference.server.errors import as_api_error


@dataclass(slots=True)
class Choice:
    """A whole answer."""

    text: str = ""
    finish_reason: FinishReason | None = None
    logprobs: list[TokenLogprobs] = field(default_factory=list)


class Generation:
    """One answer for each of `choices`, all submitted at once, so that a refusal is still an HTTP status."""

    def __init__(
        self,
        http_request: Request,
        backend: Backend,
        serving: Serving,
        prompt: Sequence[int],
        choices: Sequence[SamplingParameters],
    ) -> None:
        """Raises ApiError for what the engine refuses, and then leaves nothing behind in it."""
        self._streams: list[OutputStream] = []
        try:
            for sampling in choices:
                self._streams.append(
                    OutputStream(
                        serving.loop,
                        prompt,
                        sampling,
                        on_end=partial(backend.metrics.answered, serving.name),
                        timeout=backend.request_seconds,
                    )
                )
        except Exception as error:
            self._cancel()
            if isinstance(error, ValueError | QueueFull):
                raise as_api_error(error, retry_after=serving.engine.retry_after) from error
            raise
        # Neither a handler that waits nor a response that has not begun is told by the framework that its
        # client left.
        self._watch = asyncio.create_task(self._cancel_on_disconnect(http_request))

    async def __aiter__(self) -> AsyncIterator[tuple[int, Output]]:
        """Yield the index of a choice and its next output; raises GenerationFailed when any of them fails."""
        try:
            if len(self._streams) == 1:
                async for output in self._streams[0]:
                    yield 0, output
            else:
                async for index, output in _merged(self._streams):
                    yield index, output
        finally:
            self._watch.cancel()
            self._cancel()

    async def choices(self) -> list[Choice]:
        """The whole answers, in order; raises GenerationFailed."""
        pieces: list[list[Output]] = [[] for _ in self._streams]
        async for index, output in self:
            pieces[index].append(output)
        return [
            Choice(
                text="".join(output.text for output in outputs),
                finish_reason=outputs[-1].finish_reason,
                logprobs=[entry for output in outputs for entry in output.logprobs],
            )
            for outputs in pieces
        ]

    @property
    def usage(self) -> dict[str, Any]:
        """Tokens so far, as OpenAI counts them: the prompt once, and what all choices wrote."""
        requests = [stream.request for stream in self._streams]
        prompt = len(requests[0].prompt)
        completion = sum(len(request.output) for request in requests)
        return {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
            "prompt_tokens_details": {"cached_tokens": requests[0].cached},
        }

    def _cancel(self) -> None:
        for stream in self._streams:
            stream.cancel()

    async def _cancel_on_disconnect(self, http_request: Request) -> None:
        while (await http_request.receive())["type"] != "http.disconnect":
            pass
        self._cancel()


async def _merged(streams: Sequence[OutputStream]) -> AsyncIterator[tuple[int, Output]]:
    """The outputs of several answers as they come; ends with the last one, or with the first that fails."""
    arrived: asyncio.Queue[tuple[int, Output | GenerationFailed]] = asyncio.Queue()

    async def read(index: int, stream: OutputStream) -> None:
        try:
            async for output in stream:
                arrived.put_nowait((index, output))
        except GenerationFailed as failure:
            arrived.put_nowait((index, failure))

    readers = [asyncio.create_task(read(index, stream)) for index, stream in enumerate(streams)]
    unfinished = len(streams)
    try:
        while unfinished:
            index, output = await arrived.get()
            if isinstance(output, GenerationFailed):
                raise output
            yield index, output
            unfinished -= output.finish_reason is not None
    finally:
        for reader in readers:
            reader.cancel()
