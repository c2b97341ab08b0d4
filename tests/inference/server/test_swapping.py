"""A server takes another language model while it answers: nothing is dropped, and failures change nothing."""

import asyncio
import gc
import json
import socket
import threading
import time
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import torch
import uvicorn

from inference.engine.engine import Engine, EngineConfig
from inference.engine.loader import load
from inference.engine.loop import EngineLoop
from inference.engine.turns import Turns
from inference.server.app import create_app
from inference.server.engines import Engines
from inference.server.served_model import ServedModel, WantedModels
from inference.server.swapping import Swapping
from tests.eventually import eventually
from tests.inference.engine.tiny import write_model

OLD, NEW = "tiny@1", "tiny@2"
TOKENS = 2000
PROMPT = "The lamp"


@dataclass
class Registry:
    """What the server is told, and what is told to it; `away` lets it raise."""

    wanted: WantedModels
    away: bool = False
    objection: str = ""
    restarts: list[float] = field(default_factory=list)

    def resolve(self) -> WantedModels:
        if self.away:
            raise ConnectionError("the registry is away")
        return self.wanted


@dataclass
class Server:
    url: str
    registry: Registry
    engines: Engines
    swapping: Swapping

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"{self.url}{path}", trust_env=False)

    def models(self) -> list[str]:
        answer = self.get("/v1/models").json()
        return [model["id"] for model in answer["data"]]

    def refused(self) -> dict[str, str]:
        answer = self.get("/v1/models").json()
        return {each["id"]: each["reason"] for each in answer["refused"]}

    def complete(self, model: str, tokens: int = TOKENS) -> httpx.Response:
        body = {"model": model, "prompt": PROMPT, "max_tokens": tokens, "temperature": 0, "ignore_eos": True}
        return httpx.post(f"{self.url}/v1/completions", json=body, trust_env=False, timeout=60)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {
        name: write_model(tmp_path_factory.mktemp(f"seed-{seed}"), context_length=4096, seed=seed)
        for name, seed in ((OLD, 7), (NEW, 8))
    }


@pytest.fixture
def server(folders: dict[str, Path]) -> Iterator[Server]:
    torch.set_num_threads(1)
    config = EngineConfig(max_batch=8, max_waiting=32, cache_gib=0.05)
    turns = Turns()
    registry = Registry(WantedModels(ServedModel(OLD, folders[OLD])))

    def make(model: ServedModel) -> EngineLoop:
        return EngineLoop(lambda: Engine(load(model.path, "fp32"), config), turns=turns)

    made: list[tuple[Engines, Swapping]] = []

    def swapping(engines: Engines) -> Swapping:
        swaps = Swapping(
            engines,
            registry.resolve,
            make,
            objection=lambda model: registry.objection,
            restart=lambda: registry.restarts.append(time.time()),
        )
        made.append((engines, swaps))
        return swaps

    first = make(ServedModel(OLD, folders[OLD]))
    app = create_app(first, model_name=OLD, swapping=swapping)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        running = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        first.loaded.result(60)
        engines, swaps = made[0]
        yield Server(f"http://127.0.0.1:{listener.getsockname()[1]}", registry, engines, swaps)
        running.should_exit = True
        thread.join(20)


async def streamed(server: Server, model: str, begun: asyncio.Event | None = None) -> tuple[str, str]:
    """The text of a streamed answer, and how it ended."""
    body = {"model": model, "prompt": PROMPT, "max_tokens": TOKENS, "temperature": 0, "ignore_eos": True}
    text, finish = "", ""
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        url = f"{server.url}/v1/completions"
        async with client.stream("POST", url, json={**body, "stream": True}) as response:
            assert response.status_code == 200, await response.aread()
            async for line in response.aiter_lines():
                if line.startswith("data: {"):
                    event = json.loads(line[6:])
                    assert "error" not in event and event["model"] == model
                    for choice in event["choices"]:
                        text += choice["text"]
                        finish = choice["finish_reason"] or finish
                    if begun is not None:
                        begun.set()
    return text, finish


async def test_answers_that_stream_during_a_swap_are_finished_by_the_model_that_began_them(
    server: Server, folders: dict[str, Path]
) -> None:
    alone, _finish = await streamed(server, OLD)
    begun = [asyncio.Event() for _ in range(6)]
    answers = [asyncio.create_task(streamed(server, OLD, event)) for event in begun]
    await asyncio.gather(*(event.wait() for event in begun))

    server.registry.wanted = WantedModels(ServedModel(NEW, folders[NEW]))
    await eventually(lambda: server.engines.main.name == NEW, within=30)
    assert not any(answer.done() for answer in answers)
    new = [asyncio.create_task(streamed(server, NEW)) for _ in range(3)]

    assert await asyncio.gather(*answers) == [(alone, "length")] * 6
    texts = await asyncio.gather(*new)
    assert len(set(texts)) == 1 and texts[0][0] != alone and texts[0][1] == "length"
    refused = server.complete(OLD)
    assert refused.status_code == 404 and refused.json()["error"]["code"] == "model_not_found"
    assert server.models() == [NEW]


async def test_the_old_engine_leaves_and_its_memory_is_freed(
    server: Server, folders: dict[str, Path]
) -> None:
    old = weakref.ref(server.engines.main.engine)
    threads = {thread.ident for thread in threading.enumerate() if thread.name == "engine"}
    server.registry.wanted = WantedModels(ServedModel(NEW, folders[NEW]))
    await eventually(lambda: server.engines.main.name == NEW, within=30)
    await eventually(lambda: len(server.engines.all) == 1)

    def is_gone() -> bool:
        gc.collect()
        return old() is None

    await eventually(is_gone)
    left = {thread.ident for thread in threading.enumerate() if thread.name == "engine"}
    assert len(left) == len(threads)


async def test_a_canary_is_served_beside_the_active_one_until_it_is_taken_back(
    server: Server, folders: dict[str, Path]
) -> None:
    active, canary = ServedModel(OLD, folders[OLD]), ServedModel(NEW, folders[NEW])
    server.registry.wanted = WantedModels(active, canary)
    await eventually(lambda: server.models() == [OLD, NEW], within=30)
    own, other = server.complete(OLD, 8), server.complete(NEW, 8)
    assert own.json()["choices"][0]["text"] != other.json()["choices"][0]["text"]
    health = server.get("/health").json()
    assert [model["id"] for model in health["models"]] == [OLD, NEW]
    metrics = server.get("/metrics").text
    for name in (OLD, NEW):
        assert f'parley_generated_tokens_total{{model="{name}"}} 8.0' in metrics
        assert f'parley_answers_total{{model="{name}",reason="length"}} 1.0' in metrics

    server.registry.wanted = WantedModels(active)
    await eventually(lambda: server.models() == [OLD], within=30)
    assert server.complete(NEW, 8).status_code == 404

    server.registry.wanted = WantedModels(active, canary)
    await eventually(lambda: server.models() == [OLD, NEW], within=30)
    server.registry.wanted = WantedModels(canary)
    await eventually(lambda: server.models() == [NEW], within=30)


async def test_a_version_that_cannot_be_loaded_leaves_the_old_one_serving_and_says_why(
    server: Server, tmp_path: Path, folders: dict[str, Path]
) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"nothing")
    server.registry.wanted = WantedModels(ServedModel("broken@3", tmp_path))
    await eventually(lambda: "broken@3" in server.refused(), within=30)

    assert "cannot be loaded" in server.refused()["broken@3"]
    assert server.models() == [OLD] and server.complete(OLD, 4).status_code == 200

    server.registry.wanted = WantedModels(ServedModel(NEW, folders[NEW]))
    await eventually(lambda: server.models() == [NEW], within=30)
    assert server.refused() == {}


async def test_where_both_do_not_fit_the_old_one_stays_and_says_so(
    server: Server, folders: dict[str, Path]
) -> None:
    server.registry.objection = "There is no room for it."
    server.registry.wanted = WantedModels(ServedModel(NEW, folders[NEW]))
    await eventually(lambda: server.refused() == {NEW: "There is no room for it."}, within=30)
    assert server.models() == [OLD]


async def test_a_registry_that_is_away_changes_nothing(server: Server) -> None:
    server.registry.away = True
    await server.swapping.look()
    assert server.models() == [OLD] and server.complete(OLD, 4).status_code == 200


async def test_a_new_start_that_is_asked_for_is_made_once(server: Server, folders: dict[str, Path]) -> None:
    served = ServedModel(OLD, folders[OLD])
    server.registry.wanted = WantedModels(served, restart_asked=1.0)
    await server.swapping.look()
    assert server.registry.restarts == []
    server.registry.wanted = WantedModels(served, restart_asked=time.time() + 60)
    await eventually(lambda: server.registry.restarts, within=30)
    await server.swapping.look()
    assert len(server.registry.restarts) == 1
