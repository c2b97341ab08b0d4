"""POST /v1/completions."""

from __future__ import annotations

import time
from asyncio import to_thread
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from inference.engine.loader import LanguageModel
from inference.server.backend import CurrentBackend
from inference.server.errors import ApiError, as_api_error
from inference.server.events import event_stream
from inference.server.generation import Generation
from inference.server.prompts import text_prompt
from inference.server.schemas import CompletionRequest

router = APIRouter()

# What OpenAI's API documents for a request that names no limit.
DEFAULT_MAX_TOKENS = 16


@router.post("/v1/completions")
async def complete(http_request: Request, body: CompletionRequest, backend: CurrentBackend) -> Response:
    """Continue a text, as a whole or as a stream."""
    engine = backend.engine_for(body.model)
    try:
        sampling = body.sampling(DEFAULT_MAX_TOKENS)
    except ValueError as error:
        raise as_api_error(error) from error
    prompt = await to_thread(_prompt, engine.model, body)
    generation = Generation(http_request, backend, prompt, sampling)
    head = {
        "id": f"cmpl-{uuid4().hex}",
        "object": "text_completion",
        "created": int(time.time()),
        "model": body.model,
    }
    if body.stream:
        return event_stream(_chunks(generation, head, include_usage=body.includes_usage))
    choice = _choice(await generation.text(), generation.finish_reason)
    return JSONResponse({**head, "choices": [choice], "usage": generation.usage})


def _prompt(model: LanguageModel, body: CompletionRequest) -> list[int]:
    if isinstance(body.prompt, str):
        prompt = text_prompt(model, body.prompt)
    else:
        prompt = [token for token in body.prompt if isinstance(token, int)]
        vocabulary = model.network.get_input_embeddings().num_embeddings
        if any(not 0 <= token < vocabulary for token in prompt):
            raise ApiError(
                400, f"Tokens must lie between 0 and {vocabulary - 1}.", code="invalid_value", param="prompt"
            )
    if not prompt:
        raise ApiError(400, "The prompt is empty.", code="invalid_value", param="prompt")
    return prompt


async def _chunks(
    generation: Generation, head: dict[str, Any], *, include_usage: bool
) -> AsyncIterator[dict[str, Any]]:
    if include_usage:
        head = {**head, "usage": None}
    async for output in generation:
        if output.text or output.finish_reason:
            yield {**head, "choices": [_choice(output.text, output.finish_reason)]}
    if include_usage:
        yield {**head, "choices": [], "usage": generation.usage}


def _choice(text: str, finish_reason: str | None) -> dict[str, Any]:
    return {"index": 0, "text": text, "logprobs": None, "finish_reason": finish_reason}
