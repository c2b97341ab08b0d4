"""A balancer as small as can be: it asks `/health/ready` and sends each new connection to who said yes."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from tests.eventually import eventually
from tests.faults.proxy import FaultProxy
from tests.faults.servers import WebProcess

PROBE_SECONDS = 0.25
TURN_SECONDS = 0.01


@asynccontextmanager
async def balancer(webs: Sequence[WebProcess]) -> AsyncIterator[FaultProxy]:
    """A port in front of `webs`, for each that is ready in turns; open connections stay where they are."""
    proxy = FaultProxy(webs[0].port)
    await proxy.listen()

    ready: list[int] = []

    async def probe() -> None:
        while True:
            answers = await asyncio.gather(*(web.is_ready() for web in webs))
            ready[:] = [web.port for web, yes in zip(webs, answers, strict=True) if yes]
            await asyncio.sleep(PROBE_SECONDS)

    async def turn() -> None:
        for number in itertools.count():
            if ready:
                proxy.aim(ready[number % len(ready)])
            await asyncio.sleep(TURN_SECONDS)

    tasks = [asyncio.create_task(probe()), asyncio.create_task(turn())]
    try:
        await eventually(lambda: ready)
        yield proxy
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await proxy.aclose()
