"""Ten times more questions than can be answered: some get an answer as soon as ever, the others a time."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from benchmarks.client import Exchange, Visitor
from tests.faults.servers import WebProcess, running
from tests.scripted_model import ScriptedModel, scripted_model

PLACES = 8
ANSWER_PIECES, PIECE_SECONDS = 20, 0.05
# Each asks once a second, and an answer takes a second: ten for each place.
VISITORS = PLACES * 10
REFUSED_SECONDS = 0.1
FIRST_TOKEN_RATIO = 1.5
MEMORY_RATIO = 1.05


@pytest.fixture
async def model() -> AsyncIterator[ScriptedModel]:
    async with scripted_model(pieces=["word "] * ANSWER_PIECES, piece_seconds=PIECE_SECONDS) as model:
        yield model


@pytest.fixture
async def web(data_dir: Path, model: ScriptedModel) -> AsyncIterator[WebProcess]:
    async with running(WebProcess(data_dir, model.url, REPLY_CONCURRENCY=str(PLACES))) as web:
        yield web


async def _ask_every_second(visitor: Visitor, begin: float, seconds: float) -> list[Exchange]:
    """Ask from `begin` seconds on, whatever became of the question before, once that is known."""
    await asyncio.sleep(begin)
    exchanges = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        next_at = time.monotonic() + 1
        exchanges.append(await visitor.ask("Is the lamp still there?"))
        await asyncio.sleep(max(0, next_at - time.monotonic()))
    return exchanges


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[94]


async def test_the_surplus_is_refused_at_once_and_the_others_do_not_wait(
    web: WebProcess, full_faults: bool
) -> None:
    visitors = [await Visitor.register(web.url, "demo") for _ in range(VISITORS)]
    for visitor in visitors:
        await visitor.open()
    alone = [await visitors[0].ask("Is anybody there?") for _ in range(20 if full_faults else 5)]
    memory = web.resident_bytes // 1024
    loads = await asyncio.gather(
        *(
            _ask_every_second(visitor, number / VISITORS, 30 if full_faults else 4)
            for number, visitor in enumerate(visitors)
        )
    )
    grown = web.resident_bytes // 1024 / memory
    for visitor in visitors:
        await visitor.close()

    exchanges = [exchange for load in loads for exchange in load]
    refused = [exchange for exchange in exchanges if exchange.outcome == "busy"]
    accepted = [exchange for exchange in exchanges if exchange.outcome == "message.completed"]
    assert len(refused) + len(accepted) == len(exchanges)
    assert all(1 <= (exchange.retry_after or 0) <= 60 for exchange in refused)
    assert all(exchange.streamed == "word " * ANSWER_PIECES for exchange in accepted)
    refused_p95 = _p95([exchange.total or 0 for exchange in refused])
    first_alone, first = (_p95([e.first_token or 0 for e in some]) for some in (alone, accepted))
    print(f"{len(accepted)} accepted, {len(refused)} refused within {refused_p95 * 1000:.0f} ms (p95)")
    print(f"first token p95 {first_alone * 1000:.0f} ms alone, {first * 1000:.0f} ms under load")
    print(f"memory {memory} KiB before, times {grown:.3f} after")
    assert len(accepted) >= PLACES and len(refused) > len(accepted)
    if full_faults:
        assert refused_p95 <= REFUSED_SECONDS
        assert first <= first_alone * FIRST_TOKEN_RATIO
        assert grown <= MEMORY_RATIO
