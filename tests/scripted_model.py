"""A small OpenAI-compatible server that says what a test tells it to, piece by piece, over real HTTP."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from tests.eventually import eventually
from tests.scripted_feelings import classified


class ScriptedModel:
    """What the server does next; tests change the attributes while it runs.

    It says `pieces`, or what `answer` makes of the newest question, and waits `piece_seconds` after each.
    After `break_after` pieces it breaks an answer off, after `hold_after` it waits for the gate, each once.
    It has a sentiment head when it `classifies`.
    """

    def __init__(self) -> None:
        self.pieces = ["Hello", " from", " the", " script", "."]
        self.answer: Callable[[str], list[str]] | None = None
        self.piece_seconds = 0.0
        self.break_after: int | None = None
        self.hold_after: int | None = None
        self.status = 200
        self.healthy = True
        self.offers_tokenize = True
        self.classifies = False
        self.context_tokens = 4096
        # What it serves; the first answers where the others are not asked for.
        self.models = ["scripted"]
        self.listed = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.requests: list[dict[str, Any]] = []
        self.aborted = 0
        self.url = ""

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/v1/models")
        async def models() -> dict[str, Any]:
            self.listed += 1
            return {"data": [{"id": name, "max_model_len": self.context_tokens} for name in self.models]}

        @app.get("/health")
        async def health() -> Response:
            return Response(status_code=200 if self.healthy else 503)

        @app.post("/tokenize")
        async def tokenize(request: Request) -> Response:
            if not self.offers_tokenize:
                return Response(status_code=404)
            body = await request.json()
            return JSONResponse({"count": sum(len(m["content"].split()) for m in body["messages"])})

        @app.post("/v1/classify")
        async def classify(request: Request) -> Response:
            if not self.classifies:
                return Response(status_code=404)
            return JSONResponse(classified(await request.json()))

        @app.post("/v1/chat/completions")
        async def chat(request: Request) -> Response:
            body = await request.json()
            if body["model"] not in self.models:
                return JSONResponse({"error": {"code": "model_not_found"}}, status_code=404)
            self.requests.append(body)
            if self.status != 200:
                return JSONResponse({"error": {"code": "scripted"}}, status_code=self.status)
            return StreamingResponse(self._stream(body), media_type="text/event-stream")

        return app

    async def _stream(self, body: dict[str, Any]) -> AsyncIterator[str]:
        said = body["messages"][-1]["content"] if body.get("continue_final_message") else ""
        pieces = _rest_of(self.pieces if self.answer is None else self.answer(question_in(body)), said)
        try:
            for number, piece in enumerate(pieces):
                if self.break_after is not None and number >= self.break_after:
                    self.break_after = None
                    raise ConnectionResetError("as the script says")
                if self.hold_after is not None and number >= self.hold_after:
                    self.hold_after = None
                    self.gate.clear()
                await self.gate.wait()
                yield _event({"choices": [{"delta": {"content": piece}, "finish_reason": None}]})
                await asyncio.sleep(self.piece_seconds)
        except (asyncio.CancelledError, GeneratorExit):
            self.aborted += 1
            raise
        yield _event({"choices": [{"delta": {}, "finish_reason": "stop"}]})
        usage = {"prompt_tokens": 7, "completion_tokens": len(pieces)}
        yield _event({"choices": [], "usage": usage})
        yield "data: [DONE]\n\n"


def question_in(body: dict[str, Any]) -> str:
    """Return the newest question in a request."""
    return str([message["content"] for message in body["messages"] if message["role"] == "user"][-1])


def _rest_of(pieces: list[str], said: str) -> list[str]:
    """Return what comes after the beginning `said`, in the same pieces."""
    position, rest = 0, []
    for piece in pieces:
        rest.append(piece[max(0, len(said) - position) :])
        position += len(piece)
    return [piece for piece in rest if piece]


def _event(data: dict[str, Any]) -> str:
    return f"data: {json.dumps(data)}\n\n"


@asynccontextmanager
async def scripted_model(port: int = 0, **script: Any) -> AsyncIterator[ScriptedModel]:
    """Serve a scripted model on the running loop, on a free port of loopback unless one is given.

    `script` has attributes of the model to begin with.
    """
    model = ScriptedModel()
    for name, value in script.items():
        assert hasattr(model, name), name
        setattr(model, name, value)
    listener = socket.create_server(("127.0.0.1", port))
    model.url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    server = uvicorn.Server(uvicorn.Config(model.app(), log_level="critical", lifespan="off"))
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    await eventually(lambda: server.started)
    try:
        yield model
    finally:
        model.gate.set()
        server.should_exit = True
        server.force_exit = True
        await serving
        listener.close()
