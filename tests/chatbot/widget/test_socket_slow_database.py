"""A slow database holds up the one who asks it, nobody else, and no ping."""

import threading

import pytest

from accounts.models import Site
from chatbot.conversations import posting
from chatbot.conversations.refusals import Refused
from chatbot.conversations.runner import ReplyRunners
from tests.visitor import VisitorClient

pytestmark = pytest.mark.django_db(transaction=True)


async def test_ten_visitors_with_a_slow_query_wait_side_by_side(
    site: Site, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitors = [await VisitorClient.of(site) for _ in range(10)]
    for visitor in visitors:
        await visitor.open()
    # Nobody's query ends before the queries of all ten have begun.
    together = threading.Barrier(10)

    def slow_query(*arguments: object) -> None:
        together.wait(20)
        raise Refused("not_found", "")

    monkeypatch.setattr(posting, "rate", slow_query)
    for visitor in visitors:
        await visitor.send(type="feedback", message="m", value="up")
    errors = [await visitor.next("error", within=20) for visitor in visitors]
    for visitor in visitors:
        await visitor.close()

    assert {error["code"] for error in errors} == {"not_found"}


async def test_a_ping_is_answered_and_the_order_kept_while_a_message_is_stored(
    runners: ReplyRunners, visitor: VisitorClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await visitor.open()
    store, may_go_on = posting.send, threading.Event()

    def slowly(*arguments: object) -> object:
        assert may_go_on.wait(10)
        return store(*arguments)

    monkeypatch.setattr(posting, "send", slowly)
    first = await visitor.say("First")
    second = await visitor.say("Second")
    await visitor.send(type="ping")
    await visitor.next("pong")
    may_go_on.set()
    accepted = [(await visitor.next("accepted"))["client_id"] for _ in range(2)]

    assert accepted == [first, second]


async def test_what_was_sent_just_before_the_tab_closed_is_stored(
    visitor: VisitorClient, transactional_db: None
) -> None:
    await visitor.open()
    await visitor.say("One last thing")
    await visitor.close()
    again = VisitorClient(visitor.visitor)
    welcome = await again.open(visitor.conversation)
    await again.close()

    assert welcome["events"][0]["data"]["text"] == "One last thing"
