"""Stop, regenerate, thumbs and end, as a visitor uses them."""

import pytest

from accounts.models import Site
from chatbot.conversations import admission
from chatbot.conversations.runner import ReplyRunners
from tests.eventually import eventually
from tests.scripted_model import ScriptedModel
from tests.visitor import VisitorClient

pytestmark = pytest.mark.django_db(transaction=True)


async def test_stop_keeps_what_was_written_and_ends_the_generation(
    runners: ReplyRunners, visitor: VisitorClient, model: ScriptedModel
) -> None:
    model.pieces = [f"word{number} " for number in range(100_000)]
    await visitor.open()
    await visitor.say("Tell me everything.")
    delta = await visitor.next("delta")
    await visitor.send(type="stop", message=delta["message"])
    reply = await visitor.finished("message.stopped")

    assert reply["text"].startswith("word0 ") and reply["status"] == "stopped"
    assert visitor.texts[reply["id"]] == reply["text"]
    await eventually(lambda: model.aborted)


async def test_a_reply_that_waits_can_be_stopped(
    runners: ReplyRunners, visitor: VisitorClient, model: ScriptedModel
) -> None:
    model.gate.clear()
    await visitor.open()
    await visitor.say("First")
    await visitor.say("Second")
    await visitor.next("accepted")
    await visitor.next("accepted")
    await visitor.send(type="stop")
    first = await visitor.finished("message.stopped")
    second = await visitor.finished("message.stopped")

    assert first["text"] == second["text"] == ""
    assert len(model.requests) <= 2


async def test_regenerate_replaces_the_newest_answer(
    runners: ReplyRunners, visitor: VisitorClient, model: ScriptedModel
) -> None:
    await visitor.open()
    await visitor.say("Hello")
    first = await visitor.finished()
    model.pieces = ["Better."]
    await visitor.send(type="regenerate", message=first["id"])
    second = await visitor.finished()
    await visitor.say("And now?")
    await visitor.finished()

    assert second["replaces"] == first["id"] and second["text"] == "Better."
    assert [m["content"] for m in model.requests[2]["messages"][1:]] == ["Hello", "Better.", "And now?"]


async def test_only_the_newest_answer_can_be_regenerated(
    runners: ReplyRunners, visitor: VisitorClient
) -> None:
    await visitor.open()
    await visitor.say("One")
    first = await visitor.finished()
    await visitor.say("Two")
    await visitor.finished()
    await visitor.send(type="regenerate", message=first["id"])

    assert (await visitor.next("error"))["code"] == "not_allowed"


async def test_thumbs_are_kept_and_can_be_taken_back(runners: ReplyRunners, visitor: VisitorClient) -> None:
    await visitor.open()
    await visitor.say("Hello")
    reply = await visitor.finished()
    seen = []
    for value in ("up", "down", None):
        await visitor.send(type="feedback", message=reply["id"], value=value)
        seen.append((await visitor.next("event", kind="message.feedback"))["data"]["feedback"])

    assert seen == ["up", "down", None]


async def test_the_same_client_id_is_one_message(runners: ReplyRunners, visitor: VisitorClient) -> None:
    await visitor.open()
    await visitor.say("Hello", client_id="once")
    await visitor.say("Hello", client_id="once")
    first = await visitor.next("accepted")
    second = await visitor.next("accepted")
    await visitor.say("Something else", client_id="once")
    error = await visitor.next("error")

    assert first["message"] == second["message"]
    assert (error["code"], error["client_id"]) == ("conflict", "once")


async def test_an_ended_conversation_takes_no_more(runners: ReplyRunners, visitor: VisitorClient) -> None:
    await visitor.open()
    await visitor.say("Hello")
    await visitor.finished()
    await visitor.send(type="end")
    await visitor.next("event", kind="conversation.closed")
    await visitor.say("One more thing")

    assert (await visitor.next("error"))["code"] == "closed"


async def test_a_full_queue_says_busy_and_when_to_come_back(
    runners: ReplyRunners, visitor: VisitorClient, model: ScriptedModel, settings: object
) -> None:
    settings.REPLY_QUEUE_LIMIT = 1  # type: ignore[attr-defined]
    model.gate.clear()
    await visitor.open()
    await visitor.say("First")
    await visitor.next("accepted")
    second = await visitor.say("Second")
    busy = await visitor.next("busy")

    assert busy["retry_after"] > 0 and busy["client_id"] == second


async def test_who_comes_when_all_places_are_taken_hears_when_to_come_back(
    runners: ReplyRunners, visitor: VisitorClient, model: ScriptedModel, settings: object, site: Site
) -> None:
    settings.REPLY_CONCURRENCY = 1  # type: ignore[attr-defined]
    model.gate.clear()
    await visitor.open()
    await visitor.say("First")
    await visitor.next("accepted")
    others = [await VisitorClient.of(site) for _ in range(3)]
    waits = []
    for other in others:
        await other.open()
        sent = await other.say("And I?")
        waits.append((await other.next("busy", client_id=sent))["retry_after"])
    await visitor.say("One thing more")
    await visitor.next("accepted")
    model.gate.set()
    await visitor.finished()
    await visitor.finished()
    await eventually(lambda: admission.seconds_as_last_seen("nobody's") is None)
    await others[0].say("Now?")
    reply = await others[0].finished()
    for other in others:
        await other.close()

    assert reply["status"] == "completed"
    # One place, and ten seconds for an answer while nobody knows better: one after the other.
    assert waits == [10, 20, 30]
