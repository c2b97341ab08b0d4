"""Visitors who come when they like: Poisson arrivals at a share of what the server can do."""

import asyncio
import random
import statistics
import time
from collections.abc import Iterator

from benchmarks.inference.children import MeasurementFailed
from benchmarks.inference.event_client import Streamed, stream_chat
from benchmarks.inference.http_load import STREAMS
from benchmarks.inference.workload import Chat

TOKENS = 128
LOAD = 0.7
CAPACITY_SECONDS = 45.0
SEED = 7


async def poisson(port: int, chats: list[Chat], seconds: float) -> dict[str, float]:
    """The `poisson_*` figures: first the capacity, then arrivals at 70 % of it for `seconds`.

    Answers are greedy and end by themselves, after 128 tokens at the latest. A gap is the time between two
    pieces of text of one answer; an error is a request that was refused or did not come to its end. Raises
    MeasurementFailed where nothing was answered.
    """
    left = iter(chats)
    capacity = await _capacity(port, left, min(CAPACITY_SECONDS, seconds))
    arrivals = random.Random(SEED)
    open_requests: list[asyncio.Task[Streamed]] = []
    next_arrival = time.perf_counter()
    ends = next_arrival + seconds
    while (next_arrival := next_arrival + arrivals.expovariate(LOAD * capacity)) < ends:
        await asyncio.sleep(max(0.0, next_arrival - time.perf_counter()))
        open_requests.append(asyncio.create_task(_ask(port, next(left))))
    answers = await asyncio.gather(*open_requests)
    gaps = [gap for answer in answers for gap in answer.gaps]
    if len(gaps) < 2:
        raise MeasurementFailed("no answer of the Poisson load had two pieces of text")
    first = [answer.arrivals[1] - answer.sent for answer in answers if len(answer.arrivals) > 1]
    median, p95 = statistics.median(gaps), statistics.quantiles(gaps, n=20)[-1]
    return {
        "poisson_p95_gap_ratio": p95 / median,
        "poisson_median_gap_ms": 1000 * median,
        "poisson_ttft_median_ms": 1000 * statistics.median(first),
        "poisson_errors": sum(not answer.complete for answer in answers),
        "poisson_requests": len(answers),
        "poisson_capacity_requests_per_second": capacity,
    }


async def _capacity(port: int, chats: Iterator[Chat], seconds: float) -> float:
    """Answers per second with 16 clients that ask again as soon as they are answered."""
    begun = time.perf_counter()
    answered: list[float] = []

    async def visit() -> None:
        while time.perf_counter() - begun < seconds:
            if (await _ask(port, next(chats))).complete:
                answered.append(time.perf_counter())

    await asyncio.gather(*(visit() for _ in range(STREAMS)))
    in_time = sum(moment - begun <= seconds for moment in answered)
    if in_time == 0:
        raise MeasurementFailed("the server answered nothing while its capacity was measured")
    return in_time / seconds


async def _ask(port: int, chat: Chat) -> Streamed:
    return await stream_chat(port, chat.messages, max_tokens=TOKENS)
