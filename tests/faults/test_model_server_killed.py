"""The model server dies while four answers stream: every visitor gets the rest or may try again."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import pytest

from benchmarks.client import Exchange, Visitor
from tests.eventually import eventually
from tests.faults.conftest import SupervisedInstallation

LONG_QUESTION = "Tell me in detail, step by step, how a letter travels from one country to another."
ANSWER_SECONDS = 120.0


@pytest.fixture
async def visitors(supervised: SupervisedInstallation) -> AsyncIterator[list[Visitor]]:
    visitors = [await Visitor.register(supervised.url, "demo") for _ in range(4)]
    for visitor in visitors:
        await visitor.open()
    yield visitors
    for visitor in visitors:
        await visitor.close()


async def test_streaming_answers_survive_the_death_of_the_model_server(
    supervised: SupervisedInstallation, visitors: list[Visitor]
) -> None:
    exchanges = [Exchange() for _ in visitors]
    asking = [
        asyncio.create_task(visitor.ask(LONG_QUESTION, exchange))
        for visitor, exchange in zip(visitors, exchanges, strict=True)
    ]
    await eventually(lambda: all(exchange.streamed for exchange in exchanges), within=ANSWER_SECONDS)
    before = supervised.pid_of("model server")
    unfinished = sum(exchange.total is None for exchange in exchanges)
    os.kill(before, signal.SIGKILL)
    async with asyncio.timeout(ANSWER_SECONDS):
        await asyncio.gather(*asking)

    assert unfinished == 4, "the answers ended before the model server was killed"
    for visitor, exchange in zip(visitors, exchanges, strict=True):
        if exchange.outcome == "message.failed":
            # On a slow machine a model server takes longer to start than a visitor waits.
            async with asyncio.timeout(ANSWER_SECONDS):
                while exchange.outcome == "message.failed":
                    exchange = await visitor.regenerate(exchange.reply)
            assert exchange.outcome == "message.completed"
        else:
            assert exchange.outcome == "message.completed"
            assert exchange.streamed == (await visitor.stored_texts())[exchange.reply]
    assert supervised.pid_of("model server") != before

    async with asyncio.timeout(ANSWER_SECONDS):
        next_answer = await visitors[0].ask("Thank you. Are you still there?")
    assert next_answer.outcome == "message.completed" and next_answer.streamed
