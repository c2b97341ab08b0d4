"""The gateway asks for a version by name, does without one that nobody serves, and follows a swap at once."""

from collections.abc import AsyncIterator

import pytest

from inference import gateway as gateway_module
from inference.gateway import ChatMessage, Chunk, Gateway
from tests.scripted_model import ScriptedModel, scripted_model

QUESTION: list[ChatMessage] = [{"role": "user", "content": "How are you today?"}]


@pytest.fixture
async def model() -> AsyncIterator[ScriptedModel]:
    async with scripted_model() as model:
        model.models = ["tiny@1", "tiny@2"]
        yield model


@pytest.fixture
async def second_model() -> AsyncIterator[ScriptedModel]:
    async with scripted_model() as model:
        model.models = ["tiny@1"]
        yield model


async def ask(gateway: Gateway, model: str = "") -> Chunk:
    chunks = [
        chunk async for chunk in gateway.stream_chat(QUESTION, max_tokens=50, temperature=0, model=model)
    ]
    return chunks[-1]


async def test_a_version_that_is_served_answers_where_it_is_asked_for(model: ScriptedModel) -> None:
    gateway = Gateway([model.url])
    assert (await ask(gateway, "tiny@2")).model == "tiny@2"
    assert (await ask(gateway)).model == "tiny@1"
    assert [request["model"] for request in model.requests] == ["tiny@2", "tiny@1"]
    await gateway.aclose()


async def test_a_version_that_nobody_serves_is_done_without(model: ScriptedModel) -> None:
    gateway = Gateway([model.url])
    last = await ask(gateway, "tiny@3")
    assert (last.model, last.attempts, last.finish_reason) == ("tiny@1", 1, "stop")
    assert await gateway.count_tokens(QUESTION, "tiny@3") == 4
    assert await gateway.context_tokens("tiny@3") == 4096
    await gateway.aclose()


async def test_of_two_servers_the_one_that_serves_it_is_asked(
    model: ScriptedModel, second_model: ScriptedModel
) -> None:
    gateway = Gateway([second_model.url, model.url])
    await ask(gateway)
    for _each in range(3):
        assert (await ask(gateway, "tiny@2")).endpoint == model.url
    await gateway.aclose()


async def test_after_a_swap_the_next_request_goes_to_the_new_version_without_a_pause(
    model: ScriptedModel,
) -> None:
    gateway = Gateway([model.url])
    assert (await ask(gateway)).model == "tiny@1"
    model.models = ["tiny@2"]
    last = await ask(gateway)
    assert (last.model, last.attempts) == ("tiny@2", 1)
    assert model.listed == 2
    await gateway.aclose()


async def test_a_version_that_is_loaded_later_is_found(
    model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = Gateway([model.url])
    assert (await ask(gateway, "tiny@3")).model == "tiny@1"
    model.models = ["tiny@1", "tiny@3"]
    assert (await ask(gateway, "tiny@3")).model == "tiny@1"
    monkeypatch.setattr(gateway_module, "_DESCRIBE_AGAIN_SECONDS", 0.0)
    assert (await ask(gateway, "tiny@3")).model == "tiny@3"
    await gateway.aclose()


async def test_a_server_that_denies_what_it_lists_is_given_up(
    model: ScriptedModel, second_model: ScriptedModel
) -> None:
    class Contrary(list[str]):
        def __contains__(self, name: object) -> bool:
            return False

    model.models = Contrary(["tiny@1"])
    gateway = Gateway([model.url, second_model.url])
    assert (await ask(gateway)).endpoint == second_model.url
    await gateway.aclose()
