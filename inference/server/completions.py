"""POST /v1/completions."""

from __future__ import annotations

import time
from asyncio import to_thread
from collections.abc import AsyncIterator, Sequence
from uuid import uuid4

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from inference.engine.loader import LanguageModel
from inference.server.backend import CurrentBackend
from inference.server.errors import ApiError, as_api_error
from inference.server.events import Chunks, event_stream, to_json
from inference.server.generation import Generation
from inference.server.logprobs import CompletionLogprobs, TokenTexts
from inference.server.prompts import grammar_for, text_prompt
from inference.server.schemas import CompletionRequest

router = APIRouter()

# What OpenAI's API documents for a request that names no limit.
DEFAULT_MAX_TOKENS = 16


@router.post("/v1/completions")
async def complete(http_request: Request, body: CompletionRequest, backend: CurrentBackend) -> Response:
    """Continue a text, as a whole or as a stream."""
    with backend.serving(body.model) as serving:
        engine = serving.engine
        try:
            grammar = await grammar_for(engine.model, body.response_format)
            choices = body.sampling(DEFAULT_MAX_TOKENS, grammar)
        except ValueError as error:
            raise as_api_error(error) from error
        prompt = await to_thread(_prompt, engine.model, body)
        texts = await to_thread(TokenTexts, engine.model) if body.logprobs is not None else None
        logprobs = [CompletionLogprobs(texts) if texts else None for _ in choices]
        generation = Generation(http_request, backend, serving, prompt, choices)
    head = {
        "id": f"cmpl-{uuid4().hex}",
        "object": "text_completion",
        "created": int(time.time()),
        "model": body.model,
    }
    if body.stream:
        chunks = Chunks(head, include_usage=body.includes_usage)
        events = _events(generation, chunks, logprobs, include_usage=body.includes_usage)
        return event_stream(events, backend.metrics.failed)
    answers = [
        {
            "index": index,
            "text": choice.text,
            "logprobs": shape.of(choice.logprobs) if shape else None,
            "finish_reason": choice.finish_reason,
        }
        for index, (choice, shape) in enumerate(zip(await generation.choices(), logprobs, strict=True))
    ]
    return JSONResponse({**head, "choices": answers, "usage": generation.usage})


def _prompt(model: LanguageModel, body: CompletionRequest) -> list[int]:
    if isinstance(body.prompt, str):
        prompt = text_prompt(model, body.prompt)
    else:
        prompt = [token for token in body.prompt if isinstance(token, int)]
        if any(not 0 <= token < model.vocabulary for token in prompt):
            raise ApiError(
                400,
                f"Tokens must lie between 0 and {model.vocabulary - 1}.",
                code="invalid_value",
                param="prompt",
            )
    if not prompt:
        raise ApiError(400, "The prompt is empty.", code="invalid_value", param="prompt")
    return prompt


async def _events(
    generation: Generation,
    chunks: Chunks,
    logprobs: Sequence[CompletionLogprobs | None],
    *,
    include_usage: bool,
) -> AsyncIterator[str]:
    async for index, output in generation:
        shape = logprobs[index]
        shaped = to_json(shape.of(output.logprobs)) if shape else "null"
        finish_reason = f'"{output.finish_reason}"' if output.finish_reason else "null"
        yield chunks.choice(
            f'{{"index":{index},"text":{to_json(output.text)},"logprobs":{shaped},'
            f'"finish_reason":{finish_reason}}}'
        )
    if include_usage:
        yield chunks.usage(generation.usage)
