"""A small server of vectors that does what a test tells it to, over real HTTP, in a thread of its own."""

import base64
import socket
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

DIMENSION = 32
MAIN, SECOND = "scripted-e5@1", "scripted-mini@1"


def vector_of(text: str, encoder: str = MAIN) -> np.ndarray:
    """A vector of length one that is near for texts with common words, other for each encoder."""
    vector = np.full(DIMENSION, 0.05, np.float32)
    for word in text.lower().split():
        vector[zlib.crc32(f"{encoder} {word.strip('.,?!')}".encode()) % DIMENSION] += 1
    return vector / np.linalg.norm(vector)


class ScriptedEncoder:
    """What the server does next; tests change the attributes while it runs.

    It offers `encoders` and `reranker`, and answers requests for the models in `refused` with 503.
    """

    def __init__(self) -> None:
        self.encoders = [MAIN, SECOND]
        self.reranker = ""
        self.refused: set[str] = set()
        self.busy = 0
        self.says_kinds = True
        self.requests: list[dict[str, Any]] = []
        self.url = ""

    @property
    def texts(self) -> list[str]:
        """What it was asked to encode, in order."""
        return [text for request in self.requests for text in request["input"]]

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/v1/models")
        async def models() -> dict[str, Any]:
            kinds = [("language", "scripted"), *(("encoder", name) for name in self.encoders)]
            kinds += [("reranker", self.reranker)] if self.reranker else []
            return {"data": [{"id": n, **({"kind": k} if self.says_kinds else {})} for k, n in kinds]}

        @app.post("/v1/embeddings")
        async def embeddings(request: Request) -> Response:
            body = await request.json()
            self.requests.append(body)
            if self.busy:
                self.busy -= 1
                return Response(status_code=429)
            if body["model"] in self.refused:
                return Response(status_code=503)
            data = [
                {
                    "index": index,
                    "embedding": base64.b64encode(vector_of(text, body["model"]).tobytes()).decode(),
                }
                for index, text in enumerate(body["input"])
            ]
            return JSONResponse({"data": data[::-1]})

        @app.post("/v1/rerank")
        async def rerank(request: Request) -> Response:
            body = await request.json()
            self.requests.append(body)
            if body["model"] in self.refused:
                return Response(status_code=503)
            scores = [float("decisive" in document) for document in body["documents"]]
            results = [{"index": i, "relevance_score": score} for i, score in enumerate(scores)]
            return JSONResponse({"results": sorted(results, key=lambda r: -r["relevance_score"])})

        return app


@contextmanager
def scripted_encoder(**script: Any) -> Iterator[ScriptedEncoder]:
    """Serve a scripted encoder on a free port of loopback; `script` has attributes to begin with."""
    encoder = ScriptedEncoder()
    for name, value in script.items():
        assert hasattr(encoder, name), name
        setattr(encoder, name, value)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        encoder.url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        config = uvicorn.Config(encoder.app(), log_level="critical", lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.005)
        yield encoder
        server.should_exit = True
        thread.join(10)
