"""POST /v1/classify: how people feel who write a text, and which of their words say so."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from inference.engine.sentiment_classifier import Explanation
from inference.engine.sentiment_facts import UNSURE
from inference.server.backend import Backend, CurrentBackend
from inference.server.embeddings import CLIENT_CLOSED_REQUEST, while_connected
from inference.server.heads import Head
from inference.server.schemas import ClassificationRequest

router = APIRouter()


@dataclass(frozen=True, slots=True)
class _Classified:
    probabilities: Sequence[Sequence[float]]
    token_count: int
    explanations: list[Explanation] = field(default_factory=list)


@router.post("/v1/classify")
async def classify(http_request: Request, body: ClassificationRequest, backend: CurrentBackend) -> Response:
    """Probabilities and a label for each text, which nobody computes once the client has gone."""
    begun = time.monotonic()
    head = await backend.head_for(body.model)
    answer = await while_connected(http_request, _classified(backend, head, body))
    if answer is None:
        return Response(status_code=CLIENT_CLOSED_REQUEST)
    backend.metrics.classified(len(body.texts), time.monotonic() - begun)
    return JSONResponse(
        {
            "id": f"classify-{uuid.uuid4().hex}",
            "object": "list",
            "created": int(time.time()),
            "model": head.name,
            "languages": head.classifier.network.languages,
            "data": [_result(head, body.texts, answer, index) for index in range(len(body.texts))],
            "usage": {"prompt_tokens": answer.token_count, "total_tokens": answer.token_count},
        }
    )


async def _classified(backend: Backend, head: Head, body: ClassificationRequest) -> _Classified:
    # Without texts this still waits until the head is loaded, or says why it cannot be.
    found = await head.texts.embed([] if body.explain else body.texts)
    if not body.explain or backend.heads is None:
        return _Classified(found.vectors, found.token_count)
    explained = [await backend.heads.explain(head, text) for text in body.texts]
    tokens = sum(explanation.token_count for explanation in explained)
    return _Classified([explanation.probabilities for explanation in explained], tokens, explained)


def _result(head: Head, texts: Sequence[str], answer: _Classified, index: int) -> dict[str, Any]:
    text, probabilities = texts[index], answer.probabilities[index]
    result: dict[str, Any] = {
        "index": index,
        # Of nothing nothing can be told, whatever the network makes of it.
        "label": head.classifier.network.label_of(probabilities) if text.strip() else UNSURE,
        "probs": list(probabilities),
        "num_classes": len(probabilities),
    }
    if answer.explanations:
        explanation = answer.explanations[index]
        result["baseline"] = explanation.baseline
        result["words"] = [
            {
                "start": word.start,
                "end": word.end,
                "text": text[word.start : word.end],
                "pull": word.pull,
            }
            for word in explanation.words
        ]
    return result
