"""Many sockets on one web process: opening them, and how evenly streams arrive on them.

Everything is measured from outside, over loopback, with a client that costs little.
"""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import zip_longest
from typing import TypeVar

from benchmarks.light_client import Door, LightSocket, OnFrame, open_visitor

Item = TypeVar("Item")
Made = TypeVar("Made")

DOORS = 8
_PATIENCE_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class StreamFigures:
    """Of streams side by side: frames a second of all, and gaps between frames in milliseconds."""

    frames_per_second: float
    gap_p50_ms: float
    gap_p99_ms: float


async def new_visitors(port: int, count: int) -> list[str]:
    """Return the secrets of `count` new visitors."""
    return await _shared_out(port, [""] * count, lambda door, _nothing: door.secret())


async def open_all(
    port: int, secrets: Sequence[str], on_frame: OnFrame, conversations: Sequence[str | None] = ()
) -> list[LightSocket]:
    """Open a socket for each visitor, eight at a time, and return them once each has its welcome.

    `conversations` are those that the visitors come back to; the others begin one.
    """
    visits = list(zip_longest(secrets, conversations))
    sockets = await _shared_out(
        port, visits, lambda door, visit: open_visitor(door, visit[0], on_frame, conversation=visit[1])
    )
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while not all(socket.frames for socket in sockets):  # noqa: ASYNC110  one look for all of them
            await asyncio.sleep(0.02)
    return sockets


async def measure_streams(port: int, streams: int, seconds: float) -> StreamFigures:
    """Let an answer stream to each of so many visitors and measure once all of them stream."""
    seen: dict[LightSocket, float] = {}
    gaps: list[float] = []
    measuring = False

    def note(socket: LightSocket, payload: bytes) -> None:
        if payload.startswith(b'{"type":"delta"'):
            now = time.perf_counter()
            if measuring and socket in seen:
                gaps.append(now - seen[socket])
            seen[socket] = now

    sockets = await open_all(port, await new_visitors(port, streams), note)
    for socket in sockets:
        socket.send(type="send", client_id="question", text="Tell me everything.")
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while len(seen) < streams:  # noqa: ASYNC110  likewise
            await asyncio.sleep(0.1)
    await asyncio.sleep(1)
    measuring = True
    begun = time.perf_counter()
    await asyncio.sleep(seconds)
    measuring = False
    figures = _figures(gaps, time.perf_counter() - begun)
    for socket in sockets:
        socket.abort()
    return figures


async def measure_echo(port: int, clients: int, seconds: float) -> float:
    """Return how many frames a second an echo server sends back to clients that each wait for theirs."""
    count = 0

    def again(socket: LightSocket, payload: bytes) -> None:
        nonlocal count
        count += 1
        socket.send(type="delta", message="0" * 32, offset=100, text=" word")

    sockets = [await LightSocket.connect(port, again, "/") for _ in range(clients)]
    for socket in sockets:
        socket.send(type="delta", message="0" * 32, offset=100, text=" word")
    await asyncio.sleep(0.5)
    before, begun = count, time.perf_counter()
    await asyncio.sleep(seconds)
    rate = (count - before) / (time.perf_counter() - begun)
    for socket in sockets:
        socket.abort()
    return rate


def _figures(gaps: list[float], seconds: float) -> StreamFigures:
    cuts = statistics.quantiles(gaps, n=100)
    return StreamFigures(len(gaps) / seconds, cuts[49] * 1000, cuts[98] * 1000)


async def _shared_out(
    port: int, items: Sequence[Item], make: Callable[[Door, Item], Awaitable[Made]]
) -> list[Made]:
    """Return what `make` makes of each item, in their order, at eight doors side by side."""
    made: dict[int, Made] = {}
    async with _doors(port) as doors:

        async def at(number: int) -> None:
            for index in range(number, len(items), DOORS):
                made[index] = await make(doors[number], items[index])

        await asyncio.gather(*(at(number) for number in range(DOORS)))
    return [made[index] for index in range(len(items))]


@asynccontextmanager
async def _doors(port: int) -> AsyncIterator[list[Door]]:
    doors = [Door(port) for _ in range(DOORS)]
    try:
        yield doors
    finally:
        for door in doors:
            door.close()
