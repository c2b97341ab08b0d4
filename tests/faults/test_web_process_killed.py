"""A web process is killed while it writes an answer: another one, or itself started again, finishes it."""

import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from benchmarks.resuming import ResumingVisitor
from tests.faults.proxy import FaultProxy, fault_proxy
from tests.faults.web import WebProcesses, web_processes
from tests.on_servers import DATABASE_URL, REDIS_URL, why_no_postgresql, why_no_redis
from tests.scripted_model import ScriptedModel, scripted_model

FINISHED_SECONDS = 10.0
# The test itself shares two cores with everything else; the full version keeps to the figure.
PATIENCE_SECONDS = 60.0
PIECES = 40
PAIR = {"WEB_PROCESSES": "2", "SECRET_KEY": "a key that both processes share, " * 2}


@pytest.fixture
async def model() -> AsyncIterator[ScriptedModel]:
    async with scripted_model() as model:
        model.answer = lambda question: [f"{question} ", *(f"word{number} " for number in range(PIECES))]
        model.piece_seconds = 0.05
        yield model


async def _killed_while_answering(
    visitor: ResumingVisitor, name: str, web: WebProcesses, victim: int, proxy: FaultProxy, heir: int
) -> float:
    """Ask, kill the process at `victim` in mid-answer; return how long the whole answer took from there."""
    client_id = await visitor.send(name)

    def is_under_way() -> bool:
        answer = visitor.answer_to(client_id)
        return answer is not None and len(answer["text"]) > 20

    await visitor.until(is_under_way, PATIENCE_SECONDS)
    assert not visitor.has_ended(client_id), "the answer ended before the process was killed"
    killed = time.monotonic()
    web.kill(victim)
    proxy.aim(heir)
    if heir == victim:
        await web.start(victim)
    await visitor.until(lambda: visitor.has_ended(client_id), PATIENCE_SECONDS)
    seconds = time.monotonic() - killed
    answer = visitor.answer_to(client_id)
    assert answer is not None and answer["status"] == "completed"
    assert answer["text"].strip() == " ".join([name, *(f"word{number}" for number in range(PIECES))])
    return seconds


def _report(times: list[float], full: bool) -> None:
    print(f"{len(times)} kills; from kill to whole answer: longest {max(times):.1f} s")
    if full:
        assert max(times) <= FINISHED_SECONDS


async def test_a_process_that_is_started_again_finishes_its_answer(
    tmp_path: Path, model: ScriptedModel, full_faults: bool
) -> None:
    async with web_processes(tmp_path, model.url) as web:
        port = await web.start()
        async with fault_proxy(port) as proxy:
            visitor = await ResumingVisitor.register(f"http://127.0.0.1:{proxy.port}", "demo")
            async with visitor.connected():
                times = [
                    await _killed_while_answering(visitor, f"q{run}", web, port, proxy, port)
                    for run in range(10 if full_faults else 1)
                ]
    _report(times, full_faults)


@pytest.fixture
def servers() -> Iterator[dict[str, str]]:
    """A database of its own on PostgreSQL, and Redis, as settings; skips where one is missing."""
    if reason := why_no_postgresql() or why_no_redis():
        pytest.skip(f"needs PostgreSQL and Redis: {reason}")
    name = f"parley_faults_{uuid4().hex[:8]}"
    with psycopg.connect(DATABASE_URL, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    yield {"DATABASE_URL": DATABASE_URL.rsplit("/", 1)[0] + f"/{name}", "REDIS_URL": REDIS_URL}
    with psycopg.connect(DATABASE_URL, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


async def test_another_process_finishes_the_answer(
    tmp_path: Path, model: ScriptedModel, servers: dict[str, str], full_faults: bool
) -> None:
    async with web_processes(tmp_path, model.url, **PAIR, **servers) as web:
        victim, heir = await web.start(), await web.start()
        async with fault_proxy(victim) as proxy:
            visitor = await ResumingVisitor.register(f"http://127.0.0.1:{proxy.port}", "demo")
            times = []
            async with visitor.connected():
                for run in range(10 if full_faults else 1):
                    times.append(await _killed_while_answering(visitor, f"q{run}", web, victim, proxy, heir))
                    await web.start(victim)
                    victim, heir = heir, victim
    _report(times, full_faults)
