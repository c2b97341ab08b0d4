"""POST /v1/embeddings."""

from __future__ import annotations

import base64
import struct
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter

from inference.engine.scheduler import QueueFull
from inference.server.backend import CurrentBackend
from inference.server.errors import as_api_error
from inference.server.schemas import EmbeddingRequest

router = APIRouter()


@router.post("/v1/embeddings")
async def embed(body: EmbeddingRequest, backend: CurrentBackend) -> dict[str, Any]:
    """The vectors of one or several texts."""
    embedder = backend.embedder_for(body.model)
    texts = [body.input] if isinstance(body.input, str) else body.input
    try:
        embeddings = await embedder.embed(texts)
    except QueueFull as error:
        raise as_api_error(error) from error
    backend.metrics.embedded(embeddings.token_count)
    encode = _base64 if body.encoding_format == "base64" else list
    data = [
        {"object": "embedding", "index": index, "embedding": encode(vector)}
        for index, vector in enumerate(embeddings.vectors)
    ]
    usage = {"prompt_tokens": embeddings.token_count, "total_tokens": embeddings.token_count}
    return {"object": "list", "model": body.model, "data": data, "usage": usage}


def _base64(vector: Sequence[float]) -> str:
    """Little-endian float32, as OpenAI's clients unpack it."""
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
