"""The model server's HTTP interface, OpenAI-compatible."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Depends, FastAPI

from inference.engine.engine import Engine
from inference.engine.loop import EngineLoop
from inference.server import (
    chat,
    classification,
    completions,
    embeddings,
    models,
    reranking,
    status,
    tokenization,
)
from inference.server.api_key import require_api_key
from inference.server.backend import Backend
from inference.server.body_limit import BodyLimit
from inference.server.embedder import Embedder
from inference.server.engines import Engines, Serving
from inference.server.errors import install_error_handlers
from inference.server.heads import Heads
from inference.server.metrics import Metrics
from inference.server.served_head import ACTIVE
from inference.server.swapping import Swapping

MAX_BODY_BYTES = 1024 * 1024


def create_app(
    loop: EngineLoop,
    embedders: Sequence[Embedder[str]] = (),
    *,
    model_name: str,
    reranker: Embedder[tuple[str, str]] | None = None,
    heads: Heads | None = None,
    api_key: str = "",
    request_seconds: float | None = None,
    swapping: Callable[[Engines], Swapping] | None = None,
) -> FastAPI:
    """An app that starts `loop` with itself and stops it at the end; of `embedders` the main one comes first.

    Encoders and the active sentiment head are loaded after the language model, so that the first answer does
    not wait for them. With an `api_key` everything but `/health` and `/metrics` asks for it. With `swapping`
    other language models are loaded and take over as a registry wants it.
    """
    engines = Engines(Serving(model_name, loop))
    swaps = swapping(engines) if swapping is not None else None
    metrics = Metrics(engines)
    all_encoders: list[Embedder[Any]] = [*embedders, *([reranker] if reranker is not None else [])]

    def start_encoders(loaded: Future[Engine]) -> None:
        if loaded.exception() is None:
            for encoder in all_encoders:
                encoder.start()

    async def load_active_head() -> None:
        if heads is not None:
            await loop.settled()
            await heads.find(ACTIVE)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        loop.loaded.add_done_callback(start_encoders)
        loop.start()
        tasks = [asyncio.create_task(load_active_head())]
        if swaps is not None:
            tasks.append(asyncio.create_task(swaps.run()))
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for serving in engines.all:
            await asyncio.to_thread(serving.loop.stop)
        for encoder in all_encoders:
            await asyncio.to_thread(encoder.stop)
        if heads is not None:
            await heads.stop()

    app = FastAPI(title="Parley model server", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.backend = Backend(engines, embedders, reranker, heads, metrics, request_seconds)
    app.add_middleware(BodyLimit, max_bytes=MAX_BODY_BYTES)
    install_error_handlers(app, metrics.failed)
    for module in (chat, classification, completions, embeddings, models, reranking, tokenization):
        app.include_router(module.router, dependencies=[Depends(require_api_key(api_key))])
    app.include_router(status.router)
    return app
