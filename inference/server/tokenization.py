"""POST /tokenize, as vLLM offers it: what a prompt costs before it is sent."""

from __future__ import annotations

from asyncio import to_thread
from functools import partial
from typing import Any

from fastapi import APIRouter

from inference.server.backend import CurrentBackend
from inference.server.prompts import chat_prompt, text_prompt
from inference.server.schemas import TokenizeChatRequest, TokenizeRequest

router = APIRouter()


@router.post("/tokenize")
async def tokenize(body: TokenizeRequest, backend: CurrentBackend) -> dict[str, Any]:
    """The tokens of a text, or of a conversation in the model's chat template."""
    engine = backend.serving(body.model).engine
    if isinstance(body, TokenizeChatRequest):
        encode = partial(chat_prompt, engine.model, body)
    else:
        encode = partial(text_prompt, engine.model, body.prompt, add_special_tokens=body.add_special_tokens)
    tokens = await to_thread(encode)
    return {"count": len(tokens), "max_model_len": engine.context_length, "tokens": tokens}
