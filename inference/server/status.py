"""GET /v1/models, /health and /metrics."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST

from inference.engine.loop import EngineUnavailable, Status
from inference.server.backend import Backend, CurrentBackend
from inference.server.errors import ApiError

router = APIRouter()


@router.get("/v1/models")
async def list_models(backend: CurrentBackend) -> dict[str, Any]:
    """The names that requests may use."""
    return {"object": "list", "data": _models(backend)}


@router.get("/v1/models/{name:path}")
async def get_model(name: str, backend: CurrentBackend) -> dict[str, Any]:
    """One of them."""
    for model in _models(backend):
        if model["id"] == name:
            return model
    raise ApiError(404, f"The model {name!r} is not served here.", code="model_not_found", param="model")


@router.get("/health")
async def health(backend: CurrentBackend) -> Response:
    """200 while the engine makes progress; 503 while it loads, is stuck or stops."""
    status = backend.loop.status
    running, waiting = 0, 0
    if status in (Status.READY, Status.STUCK):
        running, waiting = _load(backend)
    body = {"status": status, "model": backend.model_name, "running": running, "waiting": waiting}
    return JSONResponse(body, 200 if status is Status.READY else 503)


@router.get("/metrics")
async def metrics(backend: CurrentBackend) -> Response:
    """Figures in Prometheus' text format."""
    return Response(backend.metrics.text(), media_type=CONTENT_TYPE_LATEST)


def _models(backend: Backend) -> list[dict[str, Any]]:
    owned = {"object": "model", "created": 0, "owned_by": "parley"}
    models = [{"id": backend.model_name, **owned, "max_model_len": backend.loop.engine.context_length}]
    if backend.embedder is not None:
        models.append({"id": backend.embedder.name, **owned})
    return models


def _load(backend: Backend) -> tuple[int, int]:
    try:
        engine = backend.loop.engine
    except EngineUnavailable:
        return 0, 0
    return engine.running, engine.waiting
