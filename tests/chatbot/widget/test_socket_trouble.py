"""When the database does not answer, the visitor is told, the socket waits, and nothing is lost."""

from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.db import InterfaceError, OperationalError

from chatbot.conversations import events, posting, replies
from chatbot.conversations.leases import Lease
from chatbot.conversations.models import Conversation
from chatbot.conversations.runner import ReplyRunners
from chatbot.widget.models import Ticket
from tests.eventually import eventually
from tests.scripted_model import ScriptedModel
from tests.visitor import VisitorClient

pytestmark = pytest.mark.django_db(transaction=True)


def _fail(*arguments: object) -> None:
    raise OperationalError("the server closed the connection")


async def test_a_message_that_was_not_stored_is_not_confirmed(
    runners: ReplyRunners, visitor: VisitorClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await visitor.open()
    with monkeypatch.context() as patch:
        patch.setattr(posting, "send", _fail)
        client_id = await visitor.say("Hello")
        error = await visitor.next("error")
    await visitor.say("Hello", client_id)
    reply = await visitor.finished()

    assert (error["code"], error["client_id"]) == ("unavailable", client_id)
    assert reply["text"] == "Hello from the script."
    assert visitor.seq == 3


async def test_a_socket_that_cannot_be_brought_up_to_date_stays_and_catches_up_later(
    runners: ReplyRunners, visitor: VisitorClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = []

    def fail(*arguments: object) -> None:
        failures.append(arguments)
        _fail()

    await visitor.open()
    with monkeypatch.context() as patch:
        patch.setattr(events, "frames_after", fail)
        await visitor.say("Hello")
        await eventually(lambda: len(failures) >= 2)
    reply = await visitor.finished()

    assert reply["text"] == "Hello from the script." == visitor.texts[reply["id"]]
    assert visitor.seq == 3


async def test_a_hello_while_the_database_is_away_is_told_so_and_may_be_tried_again(
    visitor: VisitorClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(posting, "visitors_snapshot", _fail)
        await visitor.socket.connect()
        ticket = await database_sync_to_async(Ticket.objects.issue)(visitor.visitor)
        await visitor.send(type="hello", ticket=ticket, conversation=None, after=0, language="zh-hans")
        assert await visitor.close_code() == 1013
    again = VisitorClient(visitor.visitor)
    await again.open()
    await again.close()

    (error,) = visitor.frames
    assert (error["type"], error["code"]) == ("error", "unavailable")
    assert error["detail"] == "刚才未成功，请重试。"


async def test_a_resync_that_fails_leaves_the_socket_as_it_was(
    runners: ReplyRunners, visitor: VisitorClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await visitor.open()
    with monkeypatch.context() as patch:
        patch.setattr(posting, "visitors_snapshot", _fail)
        await visitor.send(type="resync", after=0)
        error = await visitor.next("error")
    await visitor.say("Hello")
    reply = await visitor.finished()

    assert error["code"] == "unavailable"
    assert visitor.texts[reply["id"]] == reply["text"]


async def test_a_database_that_is_away_at_the_end_of_an_answer_delays_it_and_loses_nothing(
    runners: ReplyRunners, model: ScriptedModel, visitor: VisitorClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, failures = Lease.lock, []

    def fail_at_the_end(lease: Lease) -> Conversation:
        if model.requests and len(failures) < 2:
            failures.append(lease)
            raise InterfaceError("the connection is closed")
        return lock(lease)

    monkeypatch.setattr(Lease, "lock", fail_at_the_end)
    await visitor.open()
    await visitor.say("Hello")
    reply = await visitor.finished()

    assert len(failures) == 2 and len(model.requests) == 1
    assert reply["text"] == "Hello from the script." == visitor.texts[reply["id"]]


async def test_an_answer_whose_commit_was_not_confirmed_is_stored_once(
    runners: ReplyRunners, visitor: VisitorClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish, calls = replies._finish, []

    def finish_without_confirmation(*arguments: Any) -> None:
        finish(*arguments)
        calls.append(arguments)
        if len(calls) == 1:
            raise OperationalError("the connection was lost")

    monkeypatch.setattr(replies, "_finish", finish_without_confirmation)
    await visitor.open()
    await visitor.say("Hello")
    await visitor.finished()
    await eventually(lambda: len(runners) == 0)

    assert len(calls) == 2
    await visitor.send(type="resync", after=0)
    visitor.seq = 0
    assert (await visitor.next("welcome"))["seq"] == 3
