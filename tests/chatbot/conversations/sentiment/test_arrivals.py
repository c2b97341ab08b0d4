"""The web process scores a message soon after it came, and never before the answer has its first words."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from channels.db import database_sync_to_async

from accounts.models import Site
from chatbot.conversations import events, handover
from chatbot.conversations.models import Conversation, Message, MessageSentiment
from chatbot.conversations.runner import ReplyRunners
from chatbot.conversations.sentiment import arrivals as module
from chatbot.conversations.sentiment.arrivals import Arrivals
from tests.chatbot.conversations.sentiment.scripted_classifier import ScriptedClassifier, begun
from tests.chatbot.conversations.talks import say
from tests.eventually import eventually
from tests.scripted_model import ScriptedModel

Start = Callable[..., Awaitable[Arrivals]]


@pytest.fixture
def classifier() -> ScriptedClassifier:
    return ScriptedClassifier()


@pytest.fixture
async def start(classifier: ScriptedClassifier) -> AsyncIterator[Start]:
    """Begin to score what arrives, as the web process does."""
    running: list[tuple[Arrivals, asyncio.Task[None]]] = []

    async def begin(longest_wait: float = 0.4) -> Arrivals:
        arrivals = Arrivals(lambda: classifier, longest_wait)
        events.call_after_each(arrivals.note)
        running.append((arrivals, asyncio.create_task(arrivals.run())))
        await eventually(lambda: arrivals._loop)
        return arrivals

    yield begin
    for arrivals, task in running:
        events._listeners.remove(arrivals.note)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def waiting(transactional_db: None, site: Site) -> Conversation:
    """A conversation in which no answer of the assistant is due."""

    def make() -> Conversation:
        conversation = begun(site)
        handover.request_person(conversation, Conversation.Reason.VISITOR)
        Message.objects.update(sentiment_checked=True)
        return conversation

    return await database_sync_to_async(make)()


async def said(conversation: Conversation, *texts: str) -> None:
    for number, text in enumerate(texts):
        await database_sync_to_async(say)(conversation, text, f"{text}-{number}")


async def scores(count: int) -> list[str]:
    found: list[str] = []
    deadline = time.monotonic() + 10
    while len(found) < count and time.monotonic() < deadline:
        await asyncio.sleep(0.01)
        found = [sentiment.label async for sentiment in MessageSentiment.objects.order_by("message_id")]
    return found


async def test_a_message_that_nobody_answers_is_scored_at_once(
    waiting: Conversation, classifier: ScriptedClassifier, start: Start
) -> None:
    await start(longest_wait=3600)
    began = time.monotonic()
    await said(waiting, "This is awful")

    assert await scores(1) == ["negative"]
    assert time.monotonic() - began < 2


async def test_the_first_words_of_the_answer_come_before_the_score(
    runners: ReplyRunners, site: Site, model: ScriptedModel, classifier: ScriptedClassifier, start: Start
) -> None:
    model.hold_after = 0
    await start(longest_wait=3600)
    await database_sync_to_async(begun)(site, "This is awful")
    await eventually(lambda: model.requests)
    await eventually(lambda: not model.gate.is_set())
    assert classifier.asked == []

    model.gate.set()

    assert await scores(1) == ["negative"]


async def test_an_answer_that_takes_its_time_does_not_hold_the_score_up(
    runners: ReplyRunners, site: Site, model: ScriptedModel, classifier: ScriptedClassifier, start: Start
) -> None:
    model.hold_after = 0
    await start(longest_wait=0.2)
    began = time.monotonic()
    await database_sync_to_async(begun)(site, "Where is my lamp?")

    assert await scores(1) == ["neutral"]
    assert time.monotonic() - began < 2
    assert not model.gate.is_set()


async def test_what_comes_together_is_asked_together_and_one_batch_after_the_other(
    waiting: Conversation, classifier: ScriptedClassifier, start: Start
) -> None:
    arrivals = await start()
    classifier.gate.clear()
    await said(waiting, "one")
    await eventually(lambda: classifier.asked)
    await said(waiting, "two", "three", "four")
    await eventually(lambda: len(arrivals._ready) == 3)
    classifier.gate.set()

    assert len(await scores(4)) == 4
    assert [sorted(batch) for batch in classifier.asked] == [["one"], ["four", "three", "two"]]


async def test_a_classifier_that_is_away_costs_nobody_anything(
    waiting: Conversation, classifier: ScriptedClassifier, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    await start()
    classifier.is_away = True
    await said(waiting, "one", "two")
    await eventually(lambda: len(classifier.texts) == 2)
    classifier.is_away = False
    await said(waiting, "This is great")

    assert await scores(1) == ["positive"]
    assert caplog.text.count("messages get their sentiment later") == 1
    assert await Message.objects.without_sentiment().acount() == 2


async def test_more_than_a_process_can_hold_is_left_to_the_worker(
    waiting: Conversation, classifier: ScriptedClassifier, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST", 2)
    arrivals = await start()
    classifier.gate.clear()
    await said(waiting, "one")
    await eventually(lambda: classifier.asked)
    await said(waiting, "two", "three", "four")
    await eventually(lambda: len(arrivals._ready) == 2)
    classifier.gate.set()

    assert len(await scores(3)) == 3
    assert await Message.objects.without_sentiment().acount() == 1


async def test_a_process_that_ends_leaves_what_it_had_to_the_worker(
    waiting: Conversation, classifier: ScriptedClassifier, start: Start
) -> None:
    classifier.gate.clear()
    arrivals = Arrivals(lambda: classifier)
    events.call_after_each(arrivals.note)
    running = asyncio.create_task(arrivals.run())
    await eventually(lambda: arrivals._loop)
    await said(waiting, "one")
    await eventually(lambda: classifier.asked)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    events._listeners.remove(arrivals.note)
    await said(waiting, "two")

    assert await Message.objects.without_sentiment().acount() == 2
