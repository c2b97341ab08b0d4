"""How long a silent model server is waited for: while it says that it is healthy, and up to a limit."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Self, TypeVar

# A silent server is asked for its health after this long.
PROBE_AFTER_SECONDS = 1.5

Result = TypeVar("Result")


class Interrupted(Exception):
    """This server cannot go on; another one, or the same one later, may."""


class Stalled(Interrupted):
    """This server says that it is healthy, and has not gone on with an answer for too long."""


class Patience:
    """Waits for the steps of one request, one after the other, and gives up on a server that does not go on.

    `is_healthy` asks the server. `limit` is the most seconds that one step may take, None for any time.
    One task watches over all steps: they come twenty times a second for each answer, and a task for each of
    them took a fifth of the processor time that two hundred answers cost.
    """

    def __init__(self, is_healthy: Callable[[], Awaitable[bool]], limit: float | None) -> None:
        self.limit = limit
        self._is_healthy = is_healthy
        self._since = 0.0
        self._waiting: asyncio.Timeout | None = None
        self._verdict: Interrupted | None = None

    async def __aenter__(self) -> Self:
        self._watching = asyncio.create_task(self._watch())
        return self

    async def __aexit__(self, *_error: Any) -> None:
        self._watching.cancel()
        await asyncio.gather(self._watching, return_exceptions=True)

    async def wait_for(self, step: Awaitable[Result]) -> Result:
        """Return what `step` returns; raises Interrupted, or what it raises."""
        self._since = time.monotonic()
        try:
            async with asyncio.timeout(None) as self._waiting:
                return await step
        except TimeoutError:
            if self._verdict is None:
                raise
            raise self._verdict from None
        finally:
            self._waiting = None

    async def _watch(self) -> None:
        while True:
            begun, waiting = self._since, self._waiting
            silent = time.monotonic() - begun if waiting is not None else 0.0
            if waiting is None or silent < PROBE_AFTER_SECONDS:
                await asyncio.sleep(PROBE_AFTER_SECONDS - silent)
                continue
            healthy = await self._is_healthy()
            if self._waiting is not waiting:
                # It went on meanwhile.
                continue
            if not healthy:
                self._verdict = Interrupted("it is silent and not healthy")
            elif self.limit is not None and time.monotonic() - begun > self.limit:
                self._verdict = Stalled(f"it says it is healthy, and sent nothing for {self.limit:.0f} s")
            if self._verdict is not None:
                waiting.reschedule(asyncio.get_running_loop().time())
                return
            await asyncio.sleep(PROBE_AFTER_SECONDS)
