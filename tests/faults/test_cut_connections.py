"""Every socket is cut again and again while visitors talk: nothing is lost, doubled or out of order."""

import asyncio
import random
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from itertools import cycle
from pathlib import Path
from queue import Queue

import pytest
from playwright.sync_api import Browser, expect

from benchmarks.resuming import ResumingVisitor
from tests.browser.chat import ANSWER_MS, Chat
from tests.faults.proxy import FaultProxy, fault_proxy
from tests.faults.servers import WebProcess, running
from tests.scripted_model import ScriptedModel, scripted_model

CUT_SECONDS = 2.0
CAUGHT_UP_SECONDS = 2.0
ROOMY = {"REPLY_CONCURRENCY": "500", "REPLY_QUEUE_LIMIT": "1000"}
PROXIES = 10
PATIENCE_SECONDS = 900.0


def answer_for(question: str) -> list[str]:
    return ["Answer ", "to ", question]


@pytest.fixture
async def model() -> AsyncIterator[ScriptedModel]:
    async with scripted_model(answer=answer_for) as model:
        yield model


@pytest.fixture
async def web(data_dir: Path, model: ScriptedModel) -> AsyncIterator[WebProcess]:
    async with running(WebProcess(data_dir, model.url, **ROOMY)) as web:
        yield web


async def _cut_in_turn(proxies: list[FaultProxy], resets: bool = False) -> None:
    """Cut every connection once in `CUT_SECONDS`, one proxy's after the other's, in order and by reset."""
    for number, proxy in enumerate(cycle(proxies)):
        await asyncio.sleep(CUT_SECONDS / len(proxies))
        if (number // len(proxies)) % 2:
            proxy.reset()
        else:
            proxy.cut()


async def _talk(visitor: ResumingVisitor, name: str, questions: int, pause: float) -> None:
    """Ask one question after the other, each once the one before is answered and about `pause` seconds on."""
    for number in range(questions):
        await asyncio.sleep(random.uniform(0, 2 * pause))
        client_id = await visitor.send(f"{name}.{number}")
        await visitor.until(lambda client_id=client_id: visitor.has_ended(client_id), PATIENCE_SECONDS)


def _said(visitor: ResumingVisitor) -> list[tuple[str, str]]:
    return [(message["author"], message["text"]) for message in visitor.transcript.messages.values()]


async def test_messages_survive_cuts(web: WebProcess, full_faults: bool) -> None:
    # Two messages for each question, and three numbered events: 10,000 messages, or 1,020 events.
    clients, questions = (100, 50) if full_faults else (20, 17)
    # A hundred who never stop to read are another test: that of overload.
    pause = 7.0 if full_faults else 0.0
    async with AsyncExitStack() as stack:
        proxies = [await stack.enter_async_context(fault_proxy(web.port)) for _ in range(PROXIES)]
        visitors = [
            await ResumingVisitor.register(f"http://127.0.0.1:{proxy.port}", "demo")
            for proxy, _ in zip(cycle(proxies), range(clients), strict=False)
        ]
        for visitor in visitors:
            await stack.enter_async_context(visitor.connected())
        cutting = asyncio.create_task(_cut_in_turn(proxies))
        await asyncio.gather(
            *(_talk(visitor, f"v{index}", questions, pause) for index, visitor in enumerate(visitors))
        )
        cutting.cancel()
        await asyncio.gather(cutting, return_exceptions=True)
        # A reader who knows nothing sees what is stored.
        for index, visitor in enumerate(visitors):
            reader = visitor.another_tab(web.url)
            async with reader.connected():
                await reader.until(lambda reader=reader: len(reader.transcript.messages) >= 2 * questions, 60)
            expected = [
                said
                for number in range(questions)
                for said in [
                    ("visitor", f"v{index}.{number}"),
                    ("assistant", f"Answer to v{index}.{number}"),
                ]
            ]
            assert _said(reader) == expected
            assert _said(visitor) == expected
    times = sorted(seconds for visitor in visitors for seconds in visitor.catch_up_seconds)
    assert len(times) >= clients, "the sockets were hardly ever cut"
    late = times[int(len(times) * 0.99)]
    print(f"{clients * questions * 2} messages, {len(times)} cuts survived")
    print(f"from cut to caught up: p99 {late:.2f} s, longest {times[-1]:.2f} s")
    if full_faults:
        assert times[-1] <= CAUGHT_UP_SECONDS


def _talk_in_browser(
    browser: Browser, url: str, questions: int, loaded: threading.Event
) -> tuple[list[str], list[str]]:
    """Ask in the chat page, each question once the one before is answered; return the texts in its nodes."""
    context = browser.new_context(locale="en-US")
    page = context.new_page()
    page.goto(f"{url}/widget/demo/")
    chat = Chat(page)
    expect(chat.field).to_be_enabled(timeout=ANSWER_MS)
    loaded.set()
    for number in range(questions):
        chat.ask(f"browser.{number}.")
        expect(chat.answers).to_have_count(number + 1, timeout=ANSWER_MS)
        chat.wait_for_end()
    texts = (chat.questions.all_inner_texts(), chat.answers.all_inner_texts())
    context.close()
    return texts


@pytest.mark.browser
def test_the_page_shows_each_message_once(browser: Browser, data_dir: Path, full_faults: bool) -> None:
    questions = 50 if full_faults else 4
    ready, cuts = Queue[str](), list[int]()
    loaded, done = threading.Event(), threading.Event()

    async def serve() -> None:
        async with scripted_model(answer=answer_for, piece_seconds=0.1) as model:
            web = WebProcess(data_dir, model.url)
            web.manage("collectstatic", "--noinput", "--verbosity=0")
            async with running(web), fault_proxy(web.port) as proxy:
                ready.put(f"http://127.0.0.1:{proxy.port}")
                while not done.is_set():
                    await asyncio.sleep(CUT_SECONDS / 2)
                    if loaded.is_set():
                        cuts.append(proxy.cut())

    # Playwright has the loop of this thread.
    serving = threading.Thread(target=lambda: asyncio.run(serve()))
    serving.start()
    try:
        asked, answered = _talk_in_browser(browser, ready.get(timeout=PATIENCE_SECONDS), questions, loaded)
    finally:
        done.set()
        serving.join()
    assert sum(cuts) >= 2, "the socket was hardly ever cut"
    assert len(asked) == len(answered) == questions
    for number, (question, answer) in enumerate(zip(asked, answered, strict=True)):
        assert f"browser.{number}." in question
        assert f"Answer to browser.{number}." in answer
