"""Stopped answers, closed tabs and reset connections leave nothing behind at the model server."""

import asyncio
import re

import httpx

from benchmarks.chat import measure_chat
from benchmarks.client import Exchange, Visitor
from tests.faults.conftest import SupervisedInstallation
from tests.faults.proxy import fault_proxy

QUESTION = "Tell me in detail, step by step, how a letter travels from one country to another."
AT_ONCE = 10
ENDED_SECONDS = 300.0
THROUGHPUT_RATIO = 0.98


async def _leave_half_way(url: str, number: int) -> None:
    """Ask, read the first words, and go in one of three ways."""
    async with fault_proxy(int(url.rsplit(":", 1)[1])) as proxy:
        visitor = await Visitor.register(f"http://127.0.0.1:{proxy.port}", "demo")
        await visitor.open()
        async with asyncio.timeout(ENDED_SECONDS):
            exchange, asking = await _begun_answer(visitor)
        match number % 3:
            case 0:
                assert visitor.socket is not None
                await visitor.socket.send('{"type": "stop"}')
                async with asyncio.timeout(ENDED_SECONDS):
                    await asking
                assert exchange.outcome in ("message.stopped", "message.completed")
            case 1:
                asking.cancel()
                await visitor.close()
            case 2:
                proxy.reset()
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await visitor.close()


async def _begun_answer(visitor: Visitor) -> tuple[Exchange, "asyncio.Task[Exchange]"]:
    """Ask until there is room, and return the answer once it has begun, with what reads it."""
    while True:
        exchange = Exchange()
        asking = asyncio.create_task(visitor.ask(QUESTION, exchange))
        while not exchange.streamed and not asking.done():
            await asyncio.wait({asking}, timeout=0.02)
        if exchange.outcome != "busy":
            return exchange, asking
        await asyncio.sleep(exchange.retry_after or 1)


async def _in_use(client: httpx.AsyncClient, port: int) -> dict[str, float]:
    """Return what requests hold at the model server: places in the batch and in the queue, and blocks."""
    text = (await client.get(f"http://127.0.0.1:{port}/metrics")).text
    names = "requests_running|requests_waiting|cache_blocks_used"
    found = re.findall(rf"^parley_({names}){{model=.*}} (\S+)$", text, re.M)
    return {name: float(value) for name, value in found}


async def _characters_per_second(url: str) -> float:
    figures = await measure_chat(url, "demo", [QUESTION] * 32, sockets=8)
    assert figures.lost == 0
    return figures.characters_per_second


async def test_nothing_is_held_by_answers_that_nobody_reads(
    supervised: SupervisedInstallation, full_faults: bool
) -> None:
    before = await _characters_per_second(supervised.url) if full_faults else 0.0
    rounds = 500 if full_faults else 50
    for begin in range(0, rounds, AT_ONCE):
        leaving = (_leave_half_way(supervised.url, n) for n in range(begin, begin + AT_ONCE))
        await asyncio.gather(*leaving)
    nothing = dict.fromkeys(("requests_running", "requests_waiting", "cache_blocks_used"), 0.0)
    async with httpx.AsyncClient(trust_env=False) as client, asyncio.timeout(ENDED_SECONDS):
        # A closed tab ends no answer; it is written to its end.
        while (held := await _in_use(client, supervised.model_port)) != nothing:
            assert set(held) == set(nothing)
            await asyncio.sleep(0.2)
    print(f"{rounds} answers left half-way; nothing is held")
    if full_faults:
        ratio = await _characters_per_second(supervised.url) / before
        print(f"throughput after, times that before: {ratio:.3f}")
        assert ratio >= THROUGHPUT_RATIO
