"""A web process that is told to stop cuts nobody off, and `manage.py drain` tells it so."""

import asyncio
import signal
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator

import pytest

from tests.eventually import eventually
from tests.faults.returning import ReturningVisitor, assert_nothing_lost, returning_visitors
from tests.faults.servers import WebProcess
from tests.processes import ROOT, running_over
from tests.scripted_model import ScriptedModel, scripted_model

STREAMS = 20
PIECES = [f"word{number} " for number in range(80)]


@pytest.fixture
async def model() -> AsyncIterator[ScriptedModel]:
    """A model that takes some seconds for an answer."""
    async with scripted_model(pieces=PIECES, piece_seconds=0.05) as model:
        yield model


async def test_sigterm_during_twenty_streams_truncates_none(
    web: WebProcess, model: ScriptedModel, full_faults: bool
) -> None:
    async with returning_visitors(STREAMS + 1, lambda: web.url) as (idle, *visitors):
        for visitor in visitors:
            await visitor.say("Tell me a long story")
        await eventually(lambda: all(_is_streaming(visitor) for visitor in visitors), within=30)
        told_at = time.monotonic()
        web.signal(signal.SIGTERM)

        await eventually(lambda: idle.close_codes)
        assert not await web.is_ready()
        assert time.monotonic() - told_at < (1.0 if full_faults else 8.0)
        assert idle.frames[-1] == {"type": "closing", "reason": "restart"}
        # A message that comes now is not taken, and not lost either.
        await visitors[0].say("One more thing")
        await eventually(lambda: any(frame["type"] == "busy" for frame in visitors[0].frames))
        finished_at_exit = _finished_after(visitors)
        assert await web.end() == 0
        finished = await finished_at_exit
        took = time.monotonic() - told_at

        print(f"{finished} of {STREAMS} answers whole, ended after {took:.1f} s")
        assert finished == STREAMS
        assert all(visitor.close_codes[0] == 1012 for visitor in visitors)
        assert running_over(web.data_dir) == []
        assert took < 30 + 8
        assert "Traceback" not in web.log

        await web.start()
        await eventually(lambda: all(visitor.answered() for visitor in visitors), within=60)
        assert all(visitor.connected for visitor in visitors)
        await assert_nothing_lost(visitors)
        assert len(model.requests) == STREAMS + 1


async def test_the_drain_command_waits_for_the_end_and_says_so(web: WebProcess, model: ScriptedModel) -> None:
    async with returning_visitors(2, lambda: web.url) as visitors:
        await visitors[0].say("Tell me a long story")
        await eventually(lambda: _is_streaming(visitors[0]))
        model.gate.clear()
        at_once = await asyncio.to_thread(web.manage, "drain", "--wait", "0")
        waiting = await asyncio.create_subprocess_exec(
            sys.executable, "manage.py", "drain", cwd=ROOT, env=web.environment, stdout=PIPE
        )
        assert waiting.stdout is not None
        begun = (await waiting.stdout.readline()).decode()
        model.gate.set()
        said = (await waiting.stdout.read()).decode()
        assert await waiting.wait() == 0

        assert web.process is not None
        assert f"Process {web.process.pid} on port {web.port} drains." in at_once
        assert begun in at_once
        assert f"process {web.process.pid} has" in at_once
        assert said == "All have ended.\n"
        assert await web.end(within=5) == 0
        assert visitors[0].finished() and visitors[0].close_codes[0] == 1012


async def test_an_answer_that_does_not_end_is_named_and_only_a_second_sigterm_cuts_it_short(
    web: WebProcess, model: ScriptedModel
) -> None:
    async with returning_visitors(1, lambda: web.url) as (visitor,):
        model.gate.clear()
        await visitor.say("Tell me a long story")
        await eventually(lambda: model.requests)
        with pytest.raises(AssertionError) as refused:
            await asyncio.to_thread(web.manage, "drain", "--wait", "1.5")
        assert "has 1 sockets and 1 answers under way" in str(refused.value)

        assert web.process is not None
        web.signal(signal.SIGTERM)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.0):
                await web.end()
        web.signal(signal.SIGTERM)
        await web.end(within=10)


async def test_there_is_nothing_to_drain_where_nothing_runs(web: WebProcess) -> None:
    assert web.process is not None
    web.kill()
    left = list((web.data_dir / "run").iterdir())
    with pytest.raises(AssertionError) as refused:
        await asyncio.to_thread(web.manage, "drain")

    assert [path.name.split(".")[0] for path in left] == ["web"]
    assert f"No web process of DATA_DIR ({web.data_dir}) runs on this machine." in str(refused.value)
    assert list((web.data_dir / "run").iterdir()) == []


def _is_streaming(visitor: ReturningVisitor) -> bool:
    return any(frame["type"] == "delta" for frame in visitor.frames)


def _finished_after(visitors: list[ReturningVisitor]) -> "asyncio.Task[int]":
    """Count the answers that arrived before the sockets closed."""

    async def count() -> int:
        await eventually(lambda: all(visitor.close_codes for visitor in visitors), within=60)
        return sum(len(visitor.finished()) for visitor in visitors)

    return asyncio.create_task(count())
