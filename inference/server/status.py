"""GET /health and /metrics."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST

from inference.engine.loop import Status
from inference.server.backend import CurrentBackend
from inference.server.engines import Serving

router = APIRouter()


@router.get("/health")
async def health(backend: CurrentBackend) -> Response:
    """200 while the main engine makes progress; 503 while it loads, is stuck or stops.

    `models` has an entry for each engine, those that only finish their answers too.
    """
    status = backend.engines.main.loop.status
    models = [_state_of(serving) for serving in backend.engines.all]
    body = {
        "status": status,
        "model": backend.engines.main.name,
        "running": sum(model["running"] for model in models),
        "waiting": sum(model["waiting"] for model in models),
        "models": models,
    }
    return JSONResponse(body, 200 if status is Status.READY else 503)


@router.get("/metrics")
async def metrics(backend: CurrentBackend) -> Response:
    """Figures in Prometheus' text format."""
    return Response(backend.metrics.text(), media_type=CONTENT_TYPE_LATEST)


def _state_of(serving: Serving) -> dict[str, Any]:
    running, waiting = serving.load
    return {"id": serving.name, "status": serving.loop.status, "running": running, "waiting": waiting}
