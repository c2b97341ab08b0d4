"""A balancer as small as can be: it asks `/health/ready` and sends each new connection to who said yes."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from tests.faults.proxy import FaultProxy
from tests.faults.servers import WebProcess

PROBE_SECONDS = 0.25


@asynccontextmanager
async def balancer(webs: Sequence[WebProcess]) -> AsyncIterator[FaultProxy]:
    """A port in front of `webs`, for each that is ready in turns; open connections stay where they are."""
    proxy = FaultProxy(webs[0].port)
    await proxy.listen()

    async def probe() -> None:
        turn = 0
        while True:
            answers = await asyncio.gather(*(web.is_ready() for web in webs))
            ready = [web for web, yes in zip(webs, answers, strict=True) if yes]
            if ready:
                turn += 1
                proxy.aim(ready[turn % len(ready)].port)
            await asyncio.sleep(PROBE_SECONDS)

    probing = asyncio.create_task(probe())
    try:
        yield proxy
    finally:
        probing.cancel()
        await asyncio.gather(probing, return_exceptions=True)
        await proxy.aclose()
