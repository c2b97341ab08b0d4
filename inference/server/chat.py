"""POST /v1/chat/completions."""

from __future__ import annotations

import time
from asyncio import to_thread
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from inference.server.backend import CurrentBackend
from inference.server.errors import as_api_error
from inference.server.events import event_stream
from inference.server.generation import Generation
from inference.server.prompts import chat_prompt
from inference.server.schemas import ChatCompletionRequest

router = APIRouter()


@router.post("/v1/chat/completions")
async def complete_chat(
    http_request: Request, body: ChatCompletionRequest, backend: CurrentBackend
) -> Response:
    """Answer a conversation, as a whole or as a stream."""
    engine = backend.engine_for(body.model)
    prompt = await to_thread(chat_prompt, engine.model, body)
    try:
        sampling = body.sampling(default_max_tokens=max(1, engine.context_length - len(prompt)))
    except ValueError as error:
        raise as_api_error(error) from error
    generation = Generation(http_request, backend, prompt, sampling)
    head = {"id": f"chatcmpl-{uuid4().hex}", "created": int(time.time()), "model": body.model}
    if body.stream:
        return event_stream(_chunks(generation, head, include_usage=body.includes_usage))
    message = {"role": "assistant", "content": await generation.text()}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": generation.finish_reason}
    return JSONResponse({**head, "object": "chat.completion", "choices": [choice], "usage": generation.usage})


async def _chunks(
    generation: Generation, head: dict[str, Any], *, include_usage: bool
) -> AsyncIterator[dict[str, Any]]:
    head = {**head, "object": "chat.completion.chunk"}
    if include_usage:
        head["usage"] = None

    def chunk(delta: dict[str, str], finish_reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return {**head, "choices": [choice]}

    yield chunk({"role": "assistant", "content": ""})
    async for output in generation:
        if output.text:
            yield chunk({"content": output.text})
    yield chunk({}, generation.finish_reason)
    if include_usage:
        yield {**head, "choices": [], "usage": generation.usage}
