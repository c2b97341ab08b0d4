"""The model server's HTTP interface, OpenAI-compatible."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI

from inference.engine.loop import EngineLoop
from inference.server import chat, completions, embeddings, models, status, tokenization
from inference.server.api_key import require_api_key
from inference.server.backend import Backend
from inference.server.body_limit import BodyLimit
from inference.server.embedder import Embedder, Encoder
from inference.server.errors import install_error_handlers
from inference.server.metrics import Metrics

MAX_BODY_BYTES = 1024 * 1024


def create_app(
    loop: EngineLoop,
    encoder: Encoder | None = None,
    *,
    model_name: str,
    encoder_name: str | None = None,
    api_key: str = "",
) -> FastAPI:
    """An app that starts `loop` with itself and stops it at the end; embeddings need an encoder.

    With an `api_key` everything but `/health` and `/metrics` asks for it.
    """
    metrics = Metrics(loop)
    embedder = Embedder(encoder, name=encoder_name) if encoder else None

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        loop.start()
        yield
        await asyncio.to_thread(loop.stop)
        if embedder:
            embedder.stop()

    app = FastAPI(title="Parley model server", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.backend = Backend(loop, model_name, embedder, metrics)
    app.add_middleware(BodyLimit, max_bytes=MAX_BODY_BYTES)
    install_error_handlers(app, metrics.failed)
    for module in (chat, completions, embeddings, models, tokenization):
        app.include_router(module.router, dependencies=[Depends(require_api_key(api_key))])
    app.include_router(status.router)
    return app
