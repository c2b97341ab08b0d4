"""Two web processes behind a balancer are restarted one after the other, under load, and nothing is lost."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.eventually import eventually
from tests.faults.balancer import balancer
from tests.faults.returning import ReturningVisitor, assert_nothing_lost, returning_visitors
from tests.faults.servers import WebProcess
from tests.scripted_model import ScriptedModel, scripted_model

PIECES = [f"word{number} " for number in range(30)]


@pytest.fixture
async def model() -> AsyncIterator[ScriptedModel]:
    """A model that takes a second and a half for an answer."""
    async with scripted_model(pieces=PIECES, piece_seconds=0.05) as model:
        yield model


async def test_a_rolling_restart_loses_nothing(
    two_webs: list[WebProcess], model: ScriptedModel, full_faults: bool
) -> None:
    rounds = 3 if full_faults else 1
    async with (
        balancer(two_webs) as front,
        returning_visitors(20 if full_faults else 8, lambda: f"http://127.0.0.1:{front.port}") as visitors,
    ):
        over = asyncio.Event()
        asking = [asyncio.create_task(_ask_until(over, visitor)) for visitor in visitors]
        for web in two_webs * rounds:
            await eventually(lambda: sum(len(visitor.finished()) for visitor in visitors) >= 2, within=60)
            said = await asyncio.to_thread(web.manage, "drain", f"--port={web.port}")
            assert said.endswith("All have ended.\n")
            assert await web.end(within=5) == 0
            await web.start()
            await eventually(lambda: all(visitor.connected for visitor in visitors), within=60)
        over.set()
        counts = await asyncio.gather(*asking)

        print(f"{sum(counts)} answers through {2 * rounds} restarts")
        assert all(count > 0 for count in counts)
        assert {code for visitor in visitors for code in visitor.close_codes} <= {1012}
        await assert_nothing_lost(visitors)
        # Each question was put to the model once: no answer was begun anew.
        assert len(model.requests) == sum(len(visitor.accepted) for visitor in visitors)
        for web in two_webs:
            assert "Traceback" not in web.log


async def _ask_until(over: asyncio.Event, visitor: ReturningVisitor) -> int:
    """Ask one question after the other; return how many were answered."""
    count = 0
    while not over.is_set():
        await visitor.say(f"Question {count}")
        await eventually(visitor.answered, within=90)
        count += 1
    return count
