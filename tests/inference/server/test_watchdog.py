"""A step that hangs turns /health red, and green again when it returns."""

import asyncio
import threading

import httpx
import pytest

from tests.eventually import eventually
from tests.inference.server.conftest import MODEL, ModelServer


async def test_health_follows_a_step_that_hangs(
    http: httpx.Client, model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, goes_on = model_server.engine, threading.Event()
    step = engine.step

    def hang() -> None:
        assert goes_on.wait(30)
        step()

    def status() -> tuple[int, str]:
        answer = http.get("/health")
        return answer.status_code, answer.json()["status"]

    monkeypatch.setattr(model_server.loop, "_stall_seconds", 0.2)
    monkeypatch.setattr(engine, "step", hang)
    body = {"model": MODEL, "prompt": "The lamp", "max_tokens": 5}
    answer = asyncio.create_task(asyncio.to_thread(http.post, "/v1/completions", json=body))
    try:
        await eventually(lambda: status() == (503, "stuck"))
    finally:
        goes_on.set()
    await eventually(lambda: status() == (200, "ready"))

    assert (await answer).status_code == 200
