"""A full queue refuses at once, and says when to come back."""

import statistics
import time
from asyncio import to_thread
from collections.abc import Iterator

import httpx
import pytest

from inference.engine.request import Request, SamplingParameters
from inference.engine.scheduler import QueueFull
from tests.eventually import eventually
from tests.inference.server.conftest import MODEL, ModelServer

ASK = {"model": MODEL, "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 4}
PROMPT = [5, 6, 7]


def _submit(server: ModelServer) -> Request:
    return server.loop.submit(
        PROMPT, SamplingParameters(max_tokens=500, ignore_eos=True), lambda output: None
    )


@pytest.fixture
def held_up(model_server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Request]]:
    """Requests in every place of the batch and of the queue but one, and an engine that does not advance."""
    monkeypatch.setattr(model_server.engine, "step", lambda: time.sleep(0.01))
    requests: list[Request] = []
    try:
        while True:
            requests.append(_submit(model_server))
    except QueueFull:
        pass
    last = requests.pop()
    model_server.engine._scheduler.remove(last)
    del model_server.engine._answers[last]
    yield requests
    for request in requests:
        model_server.loop.cancel(request)


def test_a_full_queue_answers_429_within_100_ms(
    model_server: ModelServer, http: httpx.Client, held_up: list[Request]
) -> None:
    held_up.append(_submit(model_server))
    http.get("/health")
    seconds = []
    for _ in range(5):
        began = time.perf_counter()
        answer = http.post("/v1/chat/completions", json=ASK)
        seconds.append(time.perf_counter() - began)

        assert answer.status_code == 429 and int(answer.headers["Retry-After"]) >= 1
        assert answer.json()["error"]["code"] == "overloaded"
    assert statistics.median(seconds) < 0.1


async def test_several_choices_are_taken_together_or_not_at_all(
    model_server: ModelServer, http: httpx.Client, held_up: list[Request], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of the two would still fit: it is given back."""
    answer = await to_thread(http.post, "/v1/chat/completions", json={**ASK, "n": 2})

    assert answer.status_code == 429
    (left,) = set(model_server.engine._answers) - set(held_up)
    assert left.cancelled
    monkeypatch.undo()
    await eventually(lambda: left.finish_reason == "cancelled")
