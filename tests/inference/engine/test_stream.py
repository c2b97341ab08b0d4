"""Outputs reach the event loop, however early they come."""

from collections.abc import Callable, Sequence

import pytest

from inference.engine.request import FinishReason, Output, Request, SamplingParameters
from inference.engine.stream import GenerationFailed, OutputStream


class SwiftLoop:
    """Finishes every request before `submit` has returned."""

    def submit(
        self,
        prompt: Sequence[int],
        sampling: SamplingParameters,
        deliver: Callable[[Output], None],
        *,
        timeout: float | None = None,
    ) -> Request:
        deliver(Output("Yes", FinishReason.STOP))
        return Request(prompt, sampling, deliver)

    def cancel(self, request: Request) -> None:
        request.cancelled = True


async def test_an_answer_that_ends_at_once_is_delivered_and_counted() -> None:
    ended: list[Request] = []
    stream = OutputStream(SwiftLoop(), [5], SamplingParameters(), on_end=ended.append)

    assert [output.text async for output in stream] == ["Yes"]
    assert ended == [stream.request]


class HeldLoop(SwiftLoop):
    """Keeps what it would deliver to."""

    def submit(
        self,
        prompt: Sequence[int],
        sampling: SamplingParameters,
        deliver: Callable[[Output], None],
        *,
        timeout: float | None = None,
    ) -> Request:
        self.deliver = deliver
        return Request(prompt, sampling, deliver, timeout)


async def test_what_came_while_the_reader_was_busy_is_read_as_one() -> None:
    loop = HeldLoop()
    stream = OutputStream(loop, [5], SamplingParameters())
    loop.deliver(Output("The"))
    loop.deliver(Output(" lamp"))
    read: list[str] = []
    async for output in stream:
        read.append(output.text)
        if output.finish_reason is None:
            loop.deliver(Output(" is here.", FinishReason.STOP))

    assert read == ["The lamp", " is here."]


async def test_the_text_before_a_failure_is_read_first() -> None:
    loop = HeldLoop()
    stream = OutputStream(loop, [5], SamplingParameters())
    loop.deliver(Output("The lamp"))
    loop.deliver(Output("", FinishReason.ERROR, "out of memory"))
    read: list[str] = []
    with pytest.raises(GenerationFailed, match="out of memory"):
        async for output in stream:
            read.append(output.text)

    assert read == ["The lamp"] and stream.request.cancelled
