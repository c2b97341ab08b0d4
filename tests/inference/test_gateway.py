"""The gateway goes on when a model server does not."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from inference import patience
from inference.gateway import ChatMessage, Chunk, Gateway, ModelUnavailable, RequestRejected
from tests.eventually import eventually
from tests.scripted_model import ScriptedModel, scripted_model

QUESTION: list[ChatMessage] = [{"role": "user", "content": "How are you today?"}]


@pytest.fixture
async def model() -> AsyncIterator[ScriptedModel]:
    async with scripted_model() as model:
        yield model


@pytest.fixture
async def second_model() -> AsyncIterator[ScriptedModel]:
    async with scripted_model() as model:
        yield model


async def _answer(gateway: Gateway) -> tuple[str, Chunk]:
    try:
        chunks = [chunk async for chunk in gateway.stream_chat(QUESTION, max_tokens=50, temperature=0)]
    finally:
        await gateway.aclose()
    return "".join(chunk.text for chunk in chunks), chunks[-1]


async def test_an_answer_comes_in_pieces_with_its_counts(model: ScriptedModel) -> None:
    text, last = await _answer(Gateway([model.url]))

    assert text == "Hello from the script."
    assert (last.finish_reason, last.prompt_tokens, last.completion_tokens) == ("stop", 7, 5)
    assert (last.model, last.attempts) == ("scripted", 1)


async def test_a_broken_answer_goes_on_from_the_text_so_far(model: ScriptedModel) -> None:
    model.break_after = 2
    text, last = await _answer(Gateway([model.url]))

    assert text == "Hello from the script." and last.attempts == 2
    again = model.requests[1]
    assert again["messages"][-1] == {"role": "assistant", "content": "Hello from"}
    assert again["continue_final_message"] is True and again["add_generation_prompt"] is False


async def test_a_broken_answer_goes_on_elsewhere(model: ScriptedModel, second_model: ScriptedModel) -> None:
    model.break_after = 2
    text, last = await _answer(Gateway([model.url, second_model.url]))

    assert text == "Hello from the script." and last.endpoint == second_model.url


async def test_work_goes_to_the_endpoint_with_the_least(
    model: ScriptedModel, second_model: ScriptedModel
) -> None:
    model.gate.clear()
    second_model.gate.clear()
    gateway = Gateway([model.url, second_model.url])

    async def ask() -> None:
        async for _chunk in gateway.stream_chat(QUESTION, max_tokens=5, temperature=0):
            pass

    asking = [asyncio.create_task(ask()) for _ in range(4)]
    await eventually(lambda: len(model.requests) + len(second_model.requests) == 4)
    model.gate.set()
    second_model.gate.set()
    await asyncio.gather(*asking)
    await gateway.aclose()

    assert len(model.requests) == len(second_model.requests) == 2


async def test_a_server_that_comes_back_is_used_without_touching_anything(
    unused_tcp_port: int,
) -> None:
    gateway = Gateway([f"http://127.0.0.1:{unused_tcp_port}/v1"], patience_seconds=20)
    answering = asyncio.create_task(_answer(gateway))
    await asyncio.wait({answering}, timeout=0.5)
    async with scripted_model(unused_tcp_port):
        text, _last = await answering

    assert text == "Hello from the script."


async def test_nobody_there_is_said_after_our_patience(unused_tcp_port: int) -> None:
    gateway = Gateway([f"http://127.0.0.1:{unused_tcp_port}/v1"], patience_seconds=0.5)

    with pytest.raises(ModelUnavailable):
        await _answer(gateway)


async def test_a_hung_server_is_left_for_another(
    model: ScriptedModel, second_model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "PROBE_AFTER_SECONDS", 0.1)
    model.gate.clear()
    model.healthy = False
    text, last = await _answer(Gateway([model.url, second_model.url]))

    assert text == "Hello from the script." and last.endpoint == second_model.url


async def test_a_slow_but_healthy_server_is_waited_for(
    model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "PROBE_AFTER_SECONDS", 0.05)
    model.gate.clear()
    asyncio.get_running_loop().call_later(0.5, model.gate.set)
    _text, last = await _answer(Gateway([model.url], patience_seconds=0.2))

    assert last.attempts == 1


async def test_a_refused_request_is_not_repeated(model: ScriptedModel) -> None:
    model.status = 400

    with pytest.raises(RequestRejected, match="400 scripted"):
        await _answer(Gateway([model.url]))
    assert len(model.requests) == 1


async def test_tokens_are_counted_by_the_server_or_estimated(model: ScriptedModel) -> None:
    gateway = Gateway([model.url])

    assert await gateway.count_tokens(QUESTION) == 4
    model.offers_tokenize = False
    estimate = await gateway.count_tokens([{"role": "user", "content": "文" * 100}])
    await gateway.aclose()
    assert estimate >= 100


async def test_closing_the_stream_ends_the_generation(model: ScriptedModel) -> None:
    model.pieces = ["word "] * 100_000
    gateway = Gateway([model.url])
    stream = gateway.stream_chat(QUESTION, max_tokens=100_000, temperature=0)
    async for _chunk in stream:
        break
    await stream.aclose()
    await eventually(lambda: model.aborted)
    await gateway.aclose()
