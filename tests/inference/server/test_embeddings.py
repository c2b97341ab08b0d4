"""What /v1/embeddings offers beyond OpenAI's client, and how it refuses."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator, Sequence

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Message

from inference.engine.loop import EngineLoop
from inference.server.app import create_app
from inference.server.embedder import Embedder
from tests.eventually import eventually
from tests.inference.server.conftest import ENCODER, LetterEncoder


class SlowEncoder(LetterEncoder):
    """Waits with every batch until the test opens the gate."""

    def __init__(self) -> None:
        self.batches = 0
        self.gate = threading.Event()

    def encode(self, batch: Sequence[list[int]]) -> list[list[float]]:
        self.batches += 1
        assert self.gate.wait(10)
        return super().encode(batch)


@pytest.fixture
def slow() -> SlowEncoder:
    return SlowEncoder()


@pytest.fixture
def embedder(slow: SlowEncoder) -> Iterator[Embedder]:
    embedder = Embedder(ENCODER, lambda: slow, max_waiting=1)
    embedder.start()
    yield embedder
    slow.gate.set()
    embedder.stop()


@pytest.fixture
def app(embedder: Embedder) -> FastAPI:
    return create_app(EngineLoop(lambda: None), [embedder], model_name="late@1")  # type: ignore[arg-type, return-value]


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://server") as client:
        yield client


def test_a_passage_is_encoded_as_one(http: httpx.Client) -> None:
    def vector(**options: str) -> list[float]:
        body = {"model": ENCODER, "input": "lamp", **options}
        return http.post("/v1/embeddings", json=body).json()["data"][0]["embedding"]

    assert vector() == vector(input_type="query") == [1.0, 4.0]
    assert vector(input_type="passage") == [1.0, 5.0]
    refused = http.post("/v1/embeddings", json={"model": ENCODER, "input": "lamp", "input_type": "poem"})
    assert refused.status_code == 400 and refused.json()["error"]["param"] == "input_type"


async def test_a_full_queue_is_429_with_a_time_to_come_back(
    client: httpx.AsyncClient, slow: SlowEncoder, embedder: Embedder
) -> None:
    async def ask() -> httpx.Response:
        return await client.post("/v1/embeddings", json={"model": ENCODER, "input": "lamp"})

    taken = [asyncio.create_task(ask()) for _ in range(2)]
    await eventually(lambda: embedder._open == 2)
    refused = await ask()
    slow.gate.set()

    assert refused.status_code == 429 and int(refused.headers["Retry-After"]) >= 1
    assert [answer.status_code for answer in await asyncio.gather(*taken)] == [200, 200]


async def test_nothing_is_computed_for_a_client_that_has_left(
    client: httpx.AsyncClient, app: FastAPI, slow: SlowEncoder, embedder: Embedder
) -> None:
    first = asyncio.create_task(embedder.embed(["first"]))
    await eventually(lambda: slow.batches == 1)
    left = asyncio.Event()
    body = [{"type": "http.request", "body": f'{{"model": "{ENCODER}", "input": "lamp"}}'.encode()}]

    async def receive() -> Message:
        if body:
            return body.pop()
        await left.wait()
        return {"type": "http.disconnect"}

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "method": "POST",
        "path": "/v1/embeddings",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
    }
    request = asyncio.create_task(app(scope, receive, send))
    await eventually(lambda: embedder._open == 2)
    left.set()
    await request
    slow.gate.set()
    await first
    await embedder.embed([])

    assert sent[0]["status"] == 499 and slow.batches == 1


async def test_each_encoder_answers_under_its_own_name() -> None:
    class Marking(LetterEncoder):
        def encode(self, batch: Sequence[list[int]]) -> list[list[float]]:
            return [[-1.0] for _text in batch]

    embedders = [Embedder(ENCODER, LetterEncoder), Embedder("second@1", Marking)]
    for embedder in embedders:
        embedder.start()
    app = create_app(EngineLoop(lambda: None), embedders, model_name="late@1")  # type: ignore[arg-type, return-value]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://server") as client:

        async def vector(model: str) -> list[float]:
            answer = await client.post("/v1/embeddings", json={"model": model, "input": "lamp"})
            return answer.json()["data"][0]["embedding"]

        assert await vector(ENCODER) == [1.0, 4.0] and await vector("second@1") == [-1.0]
        refused = await client.post("/v1/embeddings", json={"model": "third@1", "input": "lamp"})
    assert refused.status_code == 404
    for embedder in embedders:
        await asyncio.to_thread(embedder.stop)
