"""Outputs reach the event loop, however early they come."""

from collections.abc import Callable, Sequence

from inference.engine.request import FinishReason, Output, Request, SamplingParameters
from inference.engine.stream import OutputStream


class SwiftLoop:
    """Finishes every request before `submit` has returned."""

    def submit(
        self, prompt: Sequence[int], sampling: SamplingParameters, deliver: Callable[[Output], None]
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
