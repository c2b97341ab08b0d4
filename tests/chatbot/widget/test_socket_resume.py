"""Reloads, second tabs and resyncs: the same conversation everywhere, nothing twice."""

import asyncio

import pytest

from chatbot.conversations.runner import ReplyRunners
from tests.eventually import eventually
from tests.scripted_model import ScriptedModel
from tests.visitor import VisitorClient

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_reload_shows_the_whole_conversation(runners: ReplyRunners, visitor: VisitorClient) -> None:
    await visitor.open()
    await visitor.say("Hello")
    await visitor.finished()
    again = VisitorClient(visitor.visitor)
    welcome = await again.open(visitor.conversation)

    kinds = [event["kind"] for event in welcome["events"]]
    assert kinds == ["message.created", "message.created", "message.completed"]
    assert welcome["streaming"] == []
    await again.close()


async def test_a_known_seq_brings_only_what_is_new(runners: ReplyRunners, visitor: VisitorClient) -> None:
    await visitor.open()
    await visitor.say("Hello")
    await visitor.finished()
    again = VisitorClient(visitor.visitor)
    again.seq = 2
    again.texts = {}
    welcome = await again.open(visitor.conversation, after=2)

    assert [event["seq"] for event in welcome["events"]] == [3]
    await again.close()


async def test_a_seq_from_the_future_resets_the_client(runners: ReplyRunners, visitor: VisitorClient) -> None:
    await visitor.open()
    await visitor.say("Hello")
    await visitor.finished()
    again = VisitorClient(visitor.visitor)
    welcome = await again.open(visitor.conversation, after=99)

    assert welcome["reset"] is True
    assert [event["seq"] for event in welcome["events"]] == [1, 2, 3]
    await again.close()


async def test_a_second_tab_joins_a_running_answer(
    runners: ReplyRunners, visitor: VisitorClient, model: ScriptedModel
) -> None:
    model.pieces = ["你好，", "wor", "ld ", "👩‍👩‍👧 ", "end"]
    await visitor.open()
    model.gate.clear()
    await visitor.say("Hello")
    await eventually(lambda: model.requests)
    second = VisitorClient(visitor.visitor)
    welcome = await second.open(visitor.conversation)
    model.gate.set()
    reply = await second.finished()
    await visitor.finished()

    assert [item["message"] for item in welcome["streaming"]] == [reply["id"]]
    assert reply["text"] == "".join(model.pieces)
    assert second.texts[reply["id"]] == visitor.texts[reply["id"]] == reply["text"]
    await second.close()


async def test_a_closed_tab_does_not_end_the_reply(
    runners: ReplyRunners, visitor: VisitorClient, model: ScriptedModel
) -> None:
    model.gate.clear()
    await visitor.open()
    await visitor.say("Hello")
    await visitor.next("accepted")
    await visitor.close()
    model.gate.set()
    again = VisitorClient(visitor.visitor)
    welcome = await again.open(visitor.conversation)
    if welcome["events"][-1]["kind"] != "message.completed":
        await again.finished()

    assert again.frames[-1].get("data", welcome["events"][-1]["data"])["text"] == "Hello from the script."
    await again.close()


async def test_resync_sends_a_new_welcome(runners: ReplyRunners, visitor: VisitorClient) -> None:
    await visitor.open()
    await visitor.say("Hello")
    await visitor.finished()
    visitor.seq = 1
    await visitor.send(type="resync", after=1)
    welcome = await visitor.next("welcome")

    assert [event["seq"] for event in welcome["events"]] == [2, 3]


async def test_a_long_history_arrives_whole(runners: ReplyRunners, visitor: VisitorClient) -> None:
    await visitor.open()
    for number in range(20):
        await visitor.say(f"{number} " + "文" * 3000)
    for _ in range(20):
        await visitor.finished(within=30)
    again = VisitorClient(visitor.visitor)
    welcome = await again.open(visitor.conversation)
    async with asyncio.timeout(10):
        while again.seq < welcome["seq"]:
            await again.next("event")

    assert again.seq == 60 and len(welcome["events"]) < 60
    await again.close()
