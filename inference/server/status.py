"""GET /health and /metrics."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST

from inference.engine.loop import EngineUnavailable, Status
from inference.server.backend import Backend, CurrentBackend

router = APIRouter()


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


def _load(backend: Backend) -> tuple[int, int]:
    try:
        engine = backend.loop.engine
    except EngineUnavailable:
        return 0, 0
    return engine.running, engine.waiting
