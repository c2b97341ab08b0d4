"""GET /v1/models."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from inference.server.backend import Backend, CurrentBackend
from inference.server.errors import ApiError

router = APIRouter()


@router.get("/v1/models")
async def list_models(backend: CurrentBackend) -> dict[str, Any]:
    """The names that requests may use, with kinds; of each kind the active one comes first.

    `refused` are language models that are wanted and not served, and why.
    """
    refused = [{"id": name, "reason": reason} for name, reason in backend.engines.refused.items()]
    return {"object": "list", "data": await _models(backend), "refused": refused}


@router.get("/v1/models/{name:path}")
async def get_model(name: str, backend: CurrentBackend) -> dict[str, Any]:
    """One of them."""
    for model in await _models(backend):
        if model["id"] == name:
            return model
    raise ApiError(404, f"The model {name!r} is not served here.", code="model_not_found", param="model")


async def _models(backend: Backend) -> list[dict[str, Any]]:
    owned = {"object": "model", "created": 0, "owned_by": "parley"}
    models = [
        {"id": serving.name, **owned, "max_model_len": serving.engine.context_length, "kind": "language"}
        for serving in backend.engines.served
    ]
    models += [{"id": embedder.name, **owned, "kind": "encoder"} for embedder in backend.embedders]
    if backend.reranker is not None:
        models.append({"id": backend.reranker.name, **owned, "kind": "reranker"})
    if backend.heads is not None:
        active = await backend.heads.active()
        names = dict.fromkeys([*([active.name] if active is not None else []), *backend.heads.loaded])
        models += [{"id": name, **owned, "kind": "sentiment"} for name in names]
    return models
