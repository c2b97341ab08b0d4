"""A web process is killed while it writes an answer: another one, or itself started again, finishes it."""

import time
from collections.abc import AsyncIterator

import pytest

from benchmarks.resuming import ResumingVisitor
from tests.faults.proxy import FaultProxy, fault_proxy
from tests.faults.servers import WebProcess
from tests.scripted_model import ScriptedModel, scripted_model

FINISHED_SECONDS = 10.0
# The test itself shares two cores with everything else; the full version keeps to the figure.
PATIENCE_SECONDS = 60.0
PIECES = 40


def answer_for(question: str) -> list[str]:
    return [f"{question} ", *(f"word{number} " for number in range(PIECES))]


@pytest.fixture
async def model() -> AsyncIterator[ScriptedModel]:
    async with scripted_model(answer=answer_for, piece_seconds=0.05) as model:
        yield model


async def _killed_while_answering(
    visitor: ResumingVisitor, name: str, victim: WebProcess, proxy: FaultProxy, heir: WebProcess
) -> float:
    """Ask, kill `victim` in mid-answer; return how long the whole answer took from there."""
    client_id = await visitor.send(name)

    def is_under_way() -> bool:
        answer = visitor.answer_to(client_id)
        return answer is not None and len(answer["text"]) > 20

    await visitor.until(is_under_way, PATIENCE_SECONDS)
    assert not visitor.has_ended(client_id), "the answer ended before the process was killed"
    killed = time.monotonic()
    victim.kill()
    proxy.aim(heir.port)
    if heir is victim:
        await victim.start()
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
    web: WebProcess, full_faults: bool
) -> None:
    async with fault_proxy(web.port) as proxy:
        visitor = await ResumingVisitor.register(f"http://127.0.0.1:{proxy.port}", "demo")
        async with visitor.connected():
            times = [
                await _killed_while_answering(visitor, f"q{run}", web, proxy, web)
                for run in range(10 if full_faults else 1)
            ]
    _report(times, full_faults)


async def test_another_process_finishes_the_answer(two_webs: list[WebProcess], full_faults: bool) -> None:
    victim, heir = two_webs
    async with fault_proxy(victim.port) as proxy:
        visitor = await ResumingVisitor.register(f"http://127.0.0.1:{proxy.port}", "demo")
        times = []
        async with visitor.connected():
            for run in range(10 if full_faults else 1):
                times.append(await _killed_while_answering(visitor, f"q{run}", victim, proxy, heir))
                await victim.start()
                victim, heir = heir, victim
    _report(times, full_faults)
