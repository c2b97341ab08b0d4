"""A visitor asks over the socket and reads the answer while it is written."""

import pytest
from channels.db import database_sync_to_async

from chatbot.conversations.models import Message, ReplyTrace
from chatbot.conversations.runner import ReplyRunners
from tests.scripted_model import ScriptedModel
from tests.visitor import VisitorClient

pytestmark = pytest.mark.django_db(transaction=True)


async def test_the_answer_streams_and_ends_as_stored(runners: ReplyRunners, visitor: VisitorClient) -> None:
    await visitor.open()
    client_id = await visitor.say("Do you ship to Norway?")
    asked = (await visitor.next("event", kind="message.created"))["data"]
    reply = await visitor.finished()

    assert asked["client_id"] == client_id and asked["author"] == "visitor"
    assert reply["text"] == "Hello from the script."
    assert visitor.texts[reply["id"]] == reply["text"]
    stored = await database_sync_to_async(Message.objects.get)(public_id=reply["id"])
    assert stored.text == reply["text"] and stored.status == Message.Status.COMPLETED


async def test_the_text_arrives_before_the_end(
    runners: ReplyRunners, visitor: VisitorClient, model: ScriptedModel
) -> None:
    model.pieces = [f"word{number} " for number in range(10)]
    model.gate.clear()
    await visitor.open()
    await visitor.say("Tell me more.")
    await visitor.next("accepted")
    model.gate.set()
    first = await visitor.next("delta")
    await visitor.finished()

    assert first["offset"] == 0


async def test_each_answer_keeps_its_trace(runners: ReplyRunners, visitor: VisitorClient) -> None:
    await visitor.open()
    await visitor.say("Hello")
    reply = await visitor.finished()

    trace = await database_sync_to_async(ReplyTrace.objects.select_related("prompt_version").get)(
        message__public_id=reply["id"]
    )
    assert trace.language_model == "scripted"
    assert trace.prompt_version is not None and trace.prompt_version.number == 1
    assert (trace.prompt_tokens, trace.completion_tokens) == (7, 5)
    assert trace.first_token_ms is not None and trace.total_ms is not None
    assert trace.first_token_ms <= trace.total_ms


async def test_questions_are_answered_in_order(
    runners: ReplyRunners, visitor: VisitorClient, model: ScriptedModel
) -> None:
    await visitor.open()
    await visitor.say("First")
    await visitor.say("Second")
    await visitor.finished()
    await visitor.finished()

    last_words = [request["messages"][-1]["content"] for request in model.requests]
    assert last_words == ["First", "Second"]
    assert [m["role"] for m in model.requests[1]["messages"]] == ["system", "user", "assistant", "user"]


async def test_the_log_tells_how_a_reply_ended_and_never_what_was_said(
    runners: ReplyRunners, visitor: VisitorClient, model: ScriptedModel, caplog: pytest.LogCaptureFixture
) -> None:
    model.pieces = ["The zebra", " is yours."]
    caplog.set_level("DEBUG")
    await visitor.open()
    await visitor.say("Where is my giraffe?")
    reply = await visitor.finished()

    (line,) = [record for record in caplog.records if record.message == "a reply has ended"]
    assert vars(line)["reply"] == reply["id"] and vars(line)["outcome"] == "completed"
    ours = [
        record.getMessage() for record in caplog.records if record.name.startswith(("chatbot", "inference"))
    ]
    assert ours and not any("giraffe" in words or "zebra" in words for words in ours)
