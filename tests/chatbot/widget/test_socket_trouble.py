"""When the database does not answer, the visitor is told or connects again, and nothing is lost."""

import pytest
from django.db import OperationalError

from chatbot.conversations import events, posting
from chatbot.conversations.runner import ReplyRunners
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


async def test_a_socket_that_cannot_be_brought_up_to_date_closes_for_a_new_try(
    runners: ReplyRunners, visitor: VisitorClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await visitor.open()
    monkeypatch.setattr(events, "frames_after", _fail)
    client_id = await visitor.say("Hello")

    assert await visitor.close_code() == 1012
    monkeypatch.undo()
    again = VisitorClient(visitor.visitor)
    await again.open(visitor.conversation)
    await again.say("Hello", client_id)
    await again.next("accepted")
    while again.seq < 3:
        await again.next("event")
    await again.close()
    assert sum(frame["type"] == "event" for frame in again.frames) <= 3
