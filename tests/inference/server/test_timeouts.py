"""An answer that takes too long ends with an error that says so."""

import json
from asyncio import to_thread
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from tests.eventually import eventually
from tests.inference.server.conftest import MODEL, ModelServer

ASK = {"model": MODEL, "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 4}


@pytest.fixture(autouse=True)
def _hurried(model_server: ModelServer) -> Iterator[None]:
    state = model_server.app.state
    patient = state.backend
    state.backend = replace(patient, request_seconds=1e-9)
    yield
    state.backend = patient


@pytest.mark.parametrize("choices", [1, 2])
async def test_a_whole_answer_is_504(http: httpx.Client, model_server: ModelServer, choices: int) -> None:
    answer = await to_thread(http.post, "/v1/chat/completions", json={**ASK, "n": choices})

    assert answer.status_code == 504
    assert answer.json()["error"]["code"] == "timeout" and "longer than" in answer.json()["error"]["message"]
    await eventually(lambda: not model_server.engine.has_work)


def test_a_stream_ends_with_the_error(http: httpx.Client) -> None:
    events = http.post("/v1/chat/completions", json={**ASK, "stream": True}).text.strip().split("\n\n")

    assert json.loads(events[-2].removeprefix("data: "))["error"]["code"] == "timeout"
    assert events[-1] == "data: [DONE]"
    assert 'parley_errors_total{kind="timeout"}' in http.get("/metrics").text
