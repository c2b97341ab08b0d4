"""What probes and Prometheus see."""

import httpx
import pytest
from fastapi.testclient import TestClient

from inference.engine.loop import EngineLoop
from inference.server.app import create_app
from tests.inference.server.conftest import MODEL, ModelServer


def test_a_healthy_server_says_so(http: httpx.Client) -> None:
    answer = http.get("/health")

    assert answer.status_code == 200
    calm = {"status": "ready", "running": 0, "waiting": 0}
    assert answer.json() == {**calm, "model": MODEL, "models": [{**calm, "id": MODEL}]}


def test_an_engine_without_progress_turns_health_red(
    http: httpx.Client, model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(model_server.engine), "stalled_for", 999.0)

    answer = http.get("/health")
    assert answer.status_code == 503 and answer.json()["status"] == "stuck"


def test_a_server_that_loads_is_not_ready_and_refuses_work() -> None:
    loop = EngineLoop(lambda: None)  # type: ignore[arg-type, return-value]
    loop.start = lambda: None  # type: ignore[method-assign]
    client = TestClient(create_app(loop, model_name="late@1"))

    assert client.get("/health").status_code == 503
    refused = client.post(
        "/v1/chat/completions", json={"model": "late@1", "messages": [{"role": "user", "content": "Hi"}]}
    )
    assert refused.status_code == 503 and refused.json()["error"]["code"] == "model_unavailable"


def test_metrics_count_what_happened(http: httpx.Client) -> None:
    def figure(name: str) -> float:
        lines = http.get("/metrics").text.splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith(name))

    before = figure("parley_generated_tokens_total")
    answered = figure("parley_time_to_first_token_seconds_count")
    body = {"model": MODEL, "prompt": "The", "max_tokens": 5, "ignore_eos": True}
    http.post("/v1/completions", json=body).raise_for_status()

    assert figure("parley_generated_tokens_total") == before + 5
    assert figure("parley_time_to_first_token_seconds_count") == answered + 1


def test_a_prompt_that_comes_again_is_read_from_the_cache(http: httpx.Client) -> None:
    prompt = [5 + place % 60 for place in range(100)]
    body = {"model": MODEL, "prompt": prompt, "max_tokens": 2, "ignore_eos": True}
    first, second = (http.post("/v1/completions", json=body).json()["usage"] for _ in range(2))

    assert first["prompt_tokens"] == second["prompt_tokens"] == 100
    assert first["prompt_tokens_details"]["cached_tokens"] == 0
    assert second["prompt_tokens_details"]["cached_tokens"] == 96


def test_the_engine_s_figures_are_there(http: httpx.Client) -> None:
    text = http.get("/metrics").text

    for name in (
        *("parley_prompt_tokens_computed_total", "parley_prompt_tokens_cached_total"),
        *("parley_draft_tokens_offered_total", "parley_draft_tokens_accepted_total", "parley_steps_total"),
        *("parley_cache_blocks_used", "parley_cache_blocks_cached", "parley_cache_blocks_total"),
        *("parley_requests_running", "parley_requests_waiting", "parley_queue_wait_seconds_count"),
        *("parley_time_per_output_token_seconds_count", "parley_answers_total"),
    ):
        assert f"\n{name}" in text, name


def test_a_server_without_an_encoder_says_what_is_missing() -> None:
    loop = EngineLoop(lambda: None)  # type: ignore[arg-type, return-value]
    loop.start = lambda: None  # type: ignore[method-assign]
    client = TestClient(create_app(loop, model_name="late@1"))
    answer = client.post("/v1/embeddings", json={"model": "e5", "input": "text"})

    assert answer.status_code == 404 and "without an encoder" in answer.json()["error"]["message"]
