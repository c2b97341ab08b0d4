"""Many writers at once beside many open chats: SQLite turns nobody away, and nobody waits long."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator

import pytest

from tests.eventually import eventually
from tests.faults.returning import assert_nothing_lost, returning_visitors
from tests.faults.servers import WebProcess
from tests.processes import ROOT
from tests.scripted_model import ScriptedModel, scripted_model

P99_MILLISECONDS = 250.0


@pytest.fixture
async def model() -> AsyncIterator[ScriptedModel]:
    async with scripted_model() as model:
        yield model


async def test_eight_writers_beside_open_sockets(web: WebProcess, full_faults: bool) -> None:
    writers, transactions, sockets = (8, 500, 200) if full_faults else (8, 50, 20)
    async with returning_visitors(sockets, lambda: web.url) as visitors:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.faults.writers", str(writers), str(transactions)),
            cwd=ROOT,
            env={**web.environment, "DJANGO_SETTINGS_MODULE": "chatbot.settings"},
            stdout=PIPE,
        )
        # The web process writes too: one visitor in ten asks something.
        for visitor in visitors[::10]:
            await visitor.say("Good morning")
        printed, _ = await process.communicate()
        await eventually(lambda: all(visitor.answered() for visitor in visitors), within=60)
        figures = json.loads(printed)
        took = sorted(figures["milliseconds"])
        p99 = took[int(len(took) * 0.99)]
        print(f"p50 {took[len(took) // 2]:.1f} ms, p99 {p99:.1f} ms, longest {took[-1]:.1f} ms")

        assert figures["errors"] == [] and len(took) == writers * transactions
        assert p99 <= P99_MILLISECONDS
        assert "locked" not in web.log
        assert not any(visitor.errors() or visitor.close_codes for visitor in visitors)
        await assert_nothing_lost(visitors[::10])
