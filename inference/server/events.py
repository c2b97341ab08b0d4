"""Server-sent events as OpenAI streams them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from fastapi.responses import StreamingResponse

from inference.engine.stream import GenerationFailed
from inference.server.errors import as_api_error

to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Chunks:
    """The chunks of one answer as events; what they have in common is written as JSON only once."""

    def __init__(self, head: Mapping[str, Any], *, include_usage: bool) -> None:
        self._head = dict(head)
        everywhere = {**self._head, "usage": None} if include_usage else self._head
        self._beginning = f'data: {to_json(everywhere)[:-1]},"choices":['

    def choice(self, choice: str) -> str:
        """An event with one choice, which is JSON already."""
        return f"{self._beginning}{choice}]}}\n\n"

    def usage(self, usage: Mapping[str, Any]) -> str:
        """The event after the last choice, for who asked for it."""
        return _event({**self._head, "choices": [], "usage": usage})


def event_stream(events: AsyncIterator[str], count: Callable[[str], None]) -> StreamingResponse:
    """Send events. A failure becomes a last event with an error, of whose code `count` is told.

    `[DONE]` ends both.
    """
    return StreamingResponse(
        _to_the_end(events, count),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
    )


async def _to_the_end(events: AsyncIterator[str], count: Callable[[str], None]) -> AsyncIterator[str]:
    try:
        async for event in events:
            yield event
    except GenerationFailed as failure:
        error = as_api_error(failure)
        count(error.code)
        yield _event(error.body)
    yield "data: [DONE]\n\n"


def _event(data: Mapping[str, Any]) -> str:
    return f"data: {to_json(data)}\n\n"
