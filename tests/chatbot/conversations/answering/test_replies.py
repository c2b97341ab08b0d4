"""A visitor asks a site that knows something; what is stored says how the answer came about."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from channels.db import database_sync_to_async
from django.conf import LazySettings
from django.utils import timezone

from accounts.models import Site
from chatbot.conversations.models import Conversation, HandoffSettings, Message, ReplyTrace
from chatbot.conversations.runner import ReplyRunners
from chatbot.knowledge.models import KnowledgeSettings
from tests.chatbot.conversations.answering.shelf import Shelf, passage
from tests.scripted_model import ScriptedModel
from tests.visitor import VisitorClient

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = "You can return unused lamps within 30 days of delivery. Returns are free in Germany and Austria."
RETURNS = passage(TEXT, url="https://lumen.example/returns")


@pytest.fixture
def shelf() -> Shelf:
    return Shelf(RETURNS)


@pytest.fixture
async def visitor(
    transactional_db: None, site: Site, model: ScriptedModel, settings: LazySettings, shelf: Shelf
) -> AsyncIterator[VisitorClient]:
    """A visitor of a site that knows what lies on the shelf, and where somebody answers."""
    settings.INFERENCE_URLS = [model.url]
    running = asyncio.create_task(ReplyRunners(lambda site_id: shelf).run())
    client = await VisitorClient.of(site)
    await client.open()
    yield client
    await client.close()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def _trace(reply: dict[str, str]) -> ReplyTrace:
    return await database_sync_to_async(ReplyTrace.objects.get)(message__public_id=reply["id"])


async def test_a_checked_answer_with_its_sources_and_trace(
    visitor: VisitorClient, model: ScriptedModel
) -> None:
    model.pieces = ["Lamps are magic. ", "Returns are free in Germany", " and Austria."]
    await visitor.say("How do returns work?")
    reply = await visitor.finished()

    assert reply["text"] == "Returns are free in Germany and Austria." == visitor.texts[reply["id"]]
    assert reply["sources"] == [
        {"number": 1, "title": "Returns", "url": "https://lumen.example/returns", "related": False}
    ]
    assert reply["offers_person"] is False
    trace = await _trace(reply)
    assert (trace.kind, trace.mode, trace.language, trace.confidence) == ("checked", "checked", "en", 0.5)
    assert trace.query == "How do returns work?" and trace.passages[0]["text"] == TEXT
    assert [sentence["sent"] for sentence in trace.sentences] == [False, True]
    assert [turn["role"] for turn in trace.prompt] == ["system", "user"] and TEXT in trace.prompt[0][
        "content"
    ]
    assert {"retrieve", "fit"} <= set(trace.timings)
    stored = await database_sync_to_async(Message.objects.get)(public_id=reply["id"])
    assert stored.sources == reply["sources"]


async def test_sources_are_there_after_a_reload(visitor: VisitorClient, site: Site) -> None:
    await database_sync_to_async(KnowledgeSettings.objects.create)(site=site, mode="quote")
    await visitor.say("How do returns work?")
    reply = await visitor.finished()
    again = VisitorClient(visitor.visitor)
    welcome = await again.open(visitor.conversation)
    await again.close()

    completed = [event for event in welcome["events"] if event["kind"] == "message.completed"]
    assert completed[-1]["data"]["sources"] == reply["sources"] != []


async def test_what_is_not_known_offers_a_person(visitor: VisitorClient, shelf: Shelf) -> None:
    shelf.confidence = 0.05
    await visitor.say("What is the capital of France?")
    reply = await visitor.finished()

    assert reply["text"].endswith("Would you like to talk to a person?") and reply["offers_person"] is True
    assert reply["sources"] == []
    assert (await _trace(reply)).kind == "unknown"


async def test_a_site_that_never_opens_offers_none(visitor: VisitorClient, shelf: Shelf, site: Site) -> None:
    def close_for_good() -> None:
        rules = HandoffSettings.objects.create(site=site, time_zone="UTC")
        rules.opening_times.create(weekday=0, opens="09:00", closes="10:00")
        today = timezone.now().date()
        for ahead in range(20):
            rules.holidays.create(date=today + timedelta(days=ahead))

    await database_sync_to_async(close_for_good)()
    shelf.confidence = 0.05
    await visitor.say("What is the capital of France?")
    reply = await visitor.finished()

    assert "person" not in reply["text"] and reply["offers_person"] is False


async def test_two_unknown_answers_in_a_row_call_a_person(visitor: VisitorClient, shelf: Shelf) -> None:
    shelf.confidence = 0.05
    await visitor.say("What is the capital of France?")
    await visitor.finished()
    await visitor.say("And what is the capital of Spain?")
    await visitor.finished()
    requested = await visitor.next("event", kind="handoff.requested")

    assert requested["data"]["reason"] == Conversation.Reason.FAILED_ANSWERS


async def test_a_low_confidence_calls_a_person_where_the_site_says_so(
    visitor: VisitorClient, shelf: Shelf, site: Site
) -> None:
    await database_sync_to_async(HandoffSettings.objects.create)(site=site, lowest_score=0.6)
    await visitor.say("How do returns work?")
    requested = await visitor.next("event", kind="handoff.requested")

    assert requested["data"]["reason"] == Conversation.Reason.LOW_SCORE


async def test_a_site_decides_how_it_answers(
    visitor: VisitorClient, site: Site, model: ScriptedModel
) -> None:
    await database_sync_to_async(KnowledgeSettings.objects.create)(site=site, mode="quote", low_threshold=0.4)
    await visitor.say("How do returns work?")
    reply = await visitor.finished()

    assert reply["text"] == TEXT and model.requests == []
    trace = await _trace(reply)
    assert (trace.mode, trace.low) == ("quote", 0.4)


async def test_stop_ends_a_checked_answer_with_what_was_sent(
    visitor: VisitorClient, model: ScriptedModel
) -> None:
    model.pieces = ["Returns are free in Germany and Austria. ", "You", " can", " return", " it."]
    model.hold_after = 2
    await visitor.say("How do returns work?")
    delta = await visitor.next("delta")
    await visitor.send(type="stop", message=delta["message"])
    reply = await visitor.finished("message.stopped")

    assert reply["text"] == "Returns are free in Germany and Austria."


async def test_a_quotation_can_be_asked_for_again(visitor: VisitorClient, site: Site, shelf: Shelf) -> None:
    await database_sync_to_async(KnowledgeSettings.objects.create)(site=site, mode="quote")
    await visitor.say("How do returns work?")
    first = await visitor.finished()
    await visitor.send(type="regenerate", message=first["id"])
    second = await visitor.finished()

    assert second["replaces"] == first["id"] and second["text"] == first["text"] == TEXT
