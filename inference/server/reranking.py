"""POST /v1/rerank: how well documents answer a question, by a cross-encoder."""

from __future__ import annotations

import uuid
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from inference.server.backend import CurrentBackend
from inference.server.embeddings import CLIENT_CLOSED_REQUEST, while_connected
from inference.server.schemas import RerankRequest

router = APIRouter()


@router.post("/v1/rerank")
async def rerank(http_request: Request, body: RerankRequest, backend: CurrentBackend) -> Response:
    """The documents by falling relevance, each with its index in the request and a score from 0 to 1."""
    reranker = backend.reranker_for(body.model)
    pairs = [(body.query, document) for document in body.documents]
    answer = await while_connected(http_request, reranker.embed(pairs))
    if answer is None:
        return Response(status_code=CLIENT_CLOSED_REQUEST)
    backend.metrics.embedded(answer.token_count)
    scores = [vector[0] for vector in answer.vectors]
    order = sorted(range(len(scores)), key=lambda index: -scores[index])
    return JSONResponse(
        {
            "id": f"rerank-{uuid.uuid4().hex}",
            "model": reranker.name,
            "results": [_result(body, index, scores[index]) for index in order[: body.top_n]],
            "usage": {"prompt_tokens": answer.token_count, "total_tokens": answer.token_count},
        }
    )


def _result(body: RerankRequest, index: int, score: float) -> dict[str, Any]:
    result: dict[str, Any] = {"index": index, "relevance_score": score}
    if body.return_documents:
        result["document"] = {"text": body.documents[index]}
    return result
