"""What the endpoints of one app share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from inference.server.embedder import Embedder
from inference.server.engines import Engines, Serving
from inference.server.errors import ApiError
from inference.server.heads import Head, Heads
from inference.server.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Backend:
    """The engines behind the endpoints, the encoders, the main one first, a reranker and sentiment heads.

    An answer may take `request_seconds`, from its arrival.
    """

    engines: Engines
    embedders: Sequence[Embedder[str]]
    reranker: Embedder[tuple[str, str]] | None
    heads: Heads | None
    metrics: Metrics
    request_seconds: float | None = None

    def serving(self, model: str | None) -> Serving:
        """The engine that serves a model name, the main one where none is given; raises ApiError.

        Hold it until what was asked is in the engine.
        """
        serving = self.engines.named(model) if model else self.engines.main
        if serving is None:
            raise _unknown(str(model))
        return serving

    def embedder_for(self, model: str) -> Embedder[str]:
        """The encoder that serves a model name; raises ApiError where there is none."""
        if not self.embedders:
            raise ApiError(
                404, "This server was started without an encoder.", code="model_not_found", param="model"
            )
        for embedder in self.embedders:
            if embedder.name == model:
                return embedder
        raise _unknown(model)

    def reranker_for(self, model: str | None) -> Embedder[tuple[str, str]]:
        """The cross-encoder that serves a model name, or any request without one; raises ApiError."""
        if self.reranker is None:
            raise ApiError(
                404, "This server was started without a reranker.", code="model_not_found", param="model"
            )
        if model not in (None, self.reranker.name):
            raise _unknown(str(model))
        return self.reranker

    async def head_for(self, model: str) -> Head:
        """The sentiment head of a model name, or the active one; raises ApiError."""
        if self.heads is None:
            raise ApiError(
                404, "This server was started without sentiment heads.", code="model_not_found", param="model"
            )
        head = await self.heads.find(model)
        if head is None:
            raise _unknown(model)
        return head


def _unknown(model: str) -> ApiError:
    return ApiError(
        404,
        f"The model {model!r} is not served here. /v1/models names what is.",
        code="model_not_found",
        param="model",
    )


def _backend(request: Request) -> Backend:
    backend: Backend = request.app.state.backend
    return backend


CurrentBackend = Annotated[Backend, Depends(_backend)]
