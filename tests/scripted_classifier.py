"""A small server of verdicts that does what a test tells it to, over real HTTP, in a thread of its own."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

HEAD = "sentiment@1"
ANGRY, HAPPY = ("awful", "太差"), ("lovely", "很好")


def probabilities_of(text: str) -> list[float]:
    """Negative, neutral, positive by the words of ANGRY and HAPPY."""
    if any(word in text for word in ANGRY):
        return [0.9, 0.08, 0.02]
    if any(word in text for word in HAPPY):
        return [0.02, 0.08, 0.9]
    return [0.1, 0.8, 0.1]


class ScriptedClassifier:
    """What the server does next; tests change the attributes while it runs.

    `status` other than 200 is its answer to everything; the models in `heads` are those it serves.
    """

    def __init__(self) -> None:
        self.heads = [HEAD]
        self.status = 200
        self.detail: dict[str, Any] | None = None
        self.requests: list[dict[str, Any]] = []
        self.authorizations: list[str] = []
        self.answers_with: Any = None
        self.url = ""

    def answer(self, body: dict[str, Any]) -> Response:
        """The answer to one request, as the model server gives it."""
        if self.status != 200:
            return JSONResponse(self.detail or {"detail": "Not Found"}, self.status)
        if self.answers_with is not None:
            return JSONResponse(self.answers_with)
        model = self.heads[0] if body["model"] == "sentiment" else body["model"]
        if model not in self.heads:
            error = {"message": "not served", "code": "model_not_found"}
            return JSONResponse({"error": error}, 404)
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        data = [self._row(index, text, body.get("explain", False)) for index, text in enumerate(texts)]
        # Whoever reads them has to look at the index.
        return JSONResponse(
            {"object": "list", "model": model, "languages": ["en", "zh"], "data": data[::-1], "usage": {}}
        )

    def _row(self, index: int, text: str, explain: bool) -> dict[str, Any]:
        probabilities = probabilities_of(text)
        label = ("negative", "neutral", "positive")[probabilities.index(max(probabilities))]
        row: dict[str, Any] = {"index": index, "label": label, "probs": probabilities, "num_classes": 3}
        if explain:
            score = probabilities[2] - probabilities[0]
            row |= {
                "baseline": 0.0,
                "words": [{"start": 0, "end": len(text), "text": text, "pull": score}] if text else [],
            }
        return row


@contextmanager
def scripted_classifier() -> Iterator[ScriptedClassifier]:
    """A running server on a free port of loopback."""
    server = ScriptedClassifier()
    app = FastAPI()

    @app.post("/v1/classify")
    async def classify(request: Request) -> Response:
        body = await request.json()
        server.requests.append(body)
        server.authorizations.append(request.headers.get("authorization", ""))
        return server.answer(body)

    @app.get("/health")
    async def health() -> Response:
        return JSONResponse({"status": "ok"})

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server.url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        uvicorn_server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=uvicorn_server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not uvicorn_server.started:
            time.sleep(0.01)
        yield server
        uvicorn_server.should_exit = True
        thread.join(10)
