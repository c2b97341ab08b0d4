"""POST /v1/embeddings."""

from __future__ import annotations

import asyncio
import base64
import json
import struct
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from fastapi import APIRouter, Request, Response

from inference.engine.encoder_batches import Embeddings
from inference.engine.scheduler import QueueFull
from inference.server.backend import CurrentBackend
from inference.server.errors import as_api_error
from inference.server.schemas import EmbeddingRequest

router = APIRouter()

Answer = TypeVar("Answer")

# nginx's status for its own log: the client, who has left, does not see it.
CLIENT_CLOSED_REQUEST = 499


@router.post("/v1/embeddings")
async def embed(http_request: Request, body: EmbeddingRequest, backend: CurrentBackend) -> Response:
    """The vectors of one or several texts, which nobody computes once the client has gone."""
    embedder = backend.embedder_for(body.model)
    texts = [body.input] if isinstance(body.input, str) else body.input
    embeddings = await while_connected(http_request, embedder.embed(texts, body.input_type))
    if embeddings is None:
        return Response(status_code=CLIENT_CLOSED_REQUEST)
    backend.metrics.embedded(embeddings.token_count)
    # Thousands of vectors take long to write, which would hold up the answers that stream meanwhile.
    content = await asyncio.to_thread(_json, body, embeddings)
    return Response(content, media_type="application/json")


def _json(body: EmbeddingRequest, embeddings: Embeddings) -> str:
    """The answer vector by vector, because `json.dumps` lets no other thread run before it returns."""
    encode = _base64 if body.encoding_format == "base64" else list
    data = ",".join(
        json.dumps({"object": "embedding", "index": index, "embedding": encode(vector)})
        for index, vector in enumerate(embeddings.vectors)
    )
    usage = {"prompt_tokens": embeddings.token_count, "total_tokens": embeddings.token_count}
    rest = json.dumps({"model": body.model, "usage": usage})
    return f'{{"object":"list","data":[{data}],{rest[1:]}'


async def while_connected(http_request: Request, encoding: Coroutine[Any, Any, Answer]) -> Answer | None:
    """What an encoder answers, or None when the client left first; raises ApiError for a full queue."""
    embedding = asyncio.ensure_future(encoding)
    watch = asyncio.create_task(_cancel_on_disconnect(http_request, embedding))
    try:
        return await embedding
    except QueueFull as error:
        raise as_api_error(error) from error
    except asyncio.CancelledError:
        if not watch.done():
            raise
        return None
    finally:
        watch.cancel()


async def _cancel_on_disconnect(http_request: Request, embedding: asyncio.Future[Any]) -> None:
    while (await http_request.receive())["type"] != "http.disconnect":
        pass
    embedding.cancel()


def _base64(vector: Sequence[float]) -> str:
    """Little-endian float32, as OpenAI's clients unpack it."""
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
