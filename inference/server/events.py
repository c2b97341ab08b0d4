"""Server-sent events as OpenAI streams them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from fastapi.responses import StreamingResponse

from inference.engine.stream import GenerationFailed
from inference.server.errors import as_api_error


def event_stream(chunks: AsyncIterator[Mapping[str, Any]]) -> StreamingResponse:
    """Send each chunk as one event. A failure becomes a last event with an error; `[DONE]` ends both."""
    return StreamingResponse(
        _events(chunks),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
    )


async def _events(chunks: AsyncIterator[Mapping[str, Any]]) -> AsyncIterator[str]:
    try:
        async for chunk in chunks:
            yield _event(chunk)
    except GenerationFailed as error:
        yield _event(as_api_error(error).body)
    yield "data: [DONE]\n\n"


def _event(data: Mapping[str, Any]) -> str:
    return f"data: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n"
