"""A connection breaks, a page is reloaded, a tab joins while an answer streams: all end with one text."""

import asyncio
import math
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from benchmarks.resuming import ResumingVisitor
from tests.faults.proxy import fault_proxy
from tests.faults.servers import WebProcess
from tests.scripted_model import ScriptedModel, question_in, scripted_model

WORDS = ["lamp ", "moth ", "灯泡", "😀 ", "**bold** ", "é", "\n\n", "light "]
PIECES = 40
AT_ONCE = 10
PATIENCE_SECONDS = 120.0


def answer_for(question: str) -> list[str]:
    """Return the answer to `question`, another one for each."""
    words = random.Random(question)
    return ["It is: ", *(words.choice(WORDS) for _ in range(PIECES)), question]


@pytest.fixture
async def model() -> AsyncIterator[ScriptedModel]:
    async with scripted_model(answer=answer_for, piece_seconds=0.03) as model:
        yield model


async def _interrupted_answer(port: int, number: int) -> str:
    """Ask, interrupt the answer somewhere, read it in three tabs; return the text that all of them have."""
    chance = random.Random(number)
    join_at, break_at = sorted(chance.sample(range(1, 120), 2))
    async with fault_proxy(port) as proxy, AsyncExitStack() as tabs:
        first = await ResumingVisitor.register(f"http://127.0.0.1:{proxy.port}", "demo")
        leaving = await tabs.enter_async_context(AsyncExitStack())
        await leaving.enter_async_context(first.connected())
        client_id = await first.send(f"question {number}")
        await _read(first, client_id, join_at)
        second = first.another_tab(f"http://127.0.0.1:{port}")
        await tabs.enter_async_context(second.connected())
        await _read(first, client_id, break_at)
        match number % 3:
            case 0:
                proxy.reset()
            case 1:
                proxy.cut()
            case 2:
                await leaving.aclose()
                first = first.another_tab()
                await tabs.enter_async_context(first.connected())
        await _read(first, client_id)
        await _read(second, client_id)
        # Who only comes now reads what is stored.
        late = first.another_tab()
        await tabs.enter_async_context(late.connected())
        await _read(late, client_id)
        texts = {str((tab.answer_to(client_id) or {})["text"]) for tab in (first, second, late)}
    assert len(texts) == 1
    return texts.pop()


async def _read(tab: ResumingVisitor, client_id: str, characters: float = math.inf) -> None:
    """Read the answer up to so many characters, or to its end."""

    def has_read() -> bool:
        answer = tab.answer_to(client_id)
        return tab.has_ended(client_id) or (answer is not None and len(answer["text"]) >= characters)

    await tab.until(has_read, PATIENCE_SECONDS)


async def test_interrupted_answers_are_whole(
    web: WebProcess, model: ScriptedModel, full_faults: bool
) -> None:
    numbers = list(range(100 if full_faults else 10))
    for begin in range(0, len(numbers), AT_ONCE):
        batch = numbers[begin : begin + AT_ONCE]
        answers = await asyncio.gather(*(_interrupted_answer(web.port, number) for number in batch))
        for number, answer in zip(batch, answers, strict=True):
            assert answer == "".join(answer_for(f"question {number}"))
    asked = sorted(question_in(request) for request in model.requests)
    assert asked == sorted(f"question {number}" for number in numbers), "one generation for each question"
    print(f"{len(numbers)} interrupted answers, all equal in three tabs, {len(asked)} generations")
