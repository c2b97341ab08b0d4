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
from inference.server.events import Chunks, event_stream, to_json
from inference.server.generation import Generation
from inference.server.logprobs import TokenTexts, chat_logprobs
from inference.server.prompts import chat_prompt, grammar_for
from inference.server.schemas import ChatCompletionRequest

router = APIRouter()


@router.post("/v1/chat/completions")
async def complete_chat(
    http_request: Request, body: ChatCompletionRequest, backend: CurrentBackend
) -> Response:
    """Answer a conversation, as a whole or as a stream."""
    with backend.serving(body.model) as serving:
        engine = serving.engine
        prompt = await to_thread(chat_prompt, engine.model, body)
        try:
            grammar = await grammar_for(engine.model, body.response_format)
            choices = body.sampling(max(1, engine.context_length - len(prompt)), grammar)
        except ValueError as error:
            raise as_api_error(error) from error
        texts = await to_thread(TokenTexts, engine.model) if body.logprobs else None
        generation = Generation(http_request, backend, serving, prompt, choices)
    head = {"id": f"chatcmpl-{uuid4().hex}", "created": int(time.time()), "model": body.model}
    if body.stream:
        head["object"] = "chat.completion.chunk"
        chunks = Chunks(head, include_usage=body.includes_usage)
        events = _events(generation, len(choices), chunks, texts, include_usage=body.includes_usage)
        return event_stream(events, backend.metrics.failed)
    answers = [
        {
            "index": index,
            "message": {"role": "assistant", "content": choice.text},
            "logprobs": chat_logprobs(texts, choice.logprobs) if texts else None,
            "finish_reason": choice.finish_reason,
        }
        for index, choice in enumerate(await generation.choices())
    ]
    answer: dict[str, Any] = {**head, "object": "chat.completion", "choices": answers}
    return JSONResponse({**answer, "usage": generation.usage})


async def _events(
    generation: Generation, choices: int, chunks: Chunks, texts: TokenTexts | None, *, include_usage: bool
) -> AsyncIterator[str]:
    for index in range(choices):
        yield chunks.choice(_choice(index, '{"role":"assistant","content":""}'))
    async for index, output in generation:
        if output.text or output.logprobs:
            logprobs = to_json(chat_logprobs(texts, output.logprobs)) if texts else "null"
            yield chunks.choice(_choice(index, f'{{"content":{to_json(output.text)}}}', logprobs))
        if output.finish_reason:
            yield chunks.choice(_choice(index, "{}", finish_reason=f'"{output.finish_reason}"'))
    if include_usage:
        yield chunks.usage(generation.usage)


def _choice(index: int, delta: str, logprobs: str = "null", finish_reason: str = "null") -> str:
    return f'{{"index":{index},"delta":{delta},"logprobs":{logprobs},"finish_reason":{finish_reason}}}'
