"""What a visitor's client sends and receives while a person is asked for, answers, and leaves."""

from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.test import Client

from accounts.models import Site, User
from chatbot.conversations import blocking, closing, handover, hints, presence
from chatbot.conversations.models import Conversation, Visitor
from chatbot.conversations.runner import ReplyRunners
from tests.eventually import eventually
from tests.scripted_model import ScriptedModel
from tests.visitor import VisitorClient

pytestmark = pytest.mark.django_db(transaction=True)

in_thread = database_sync_to_async


async def _conversation(visitor: VisitorClient) -> Conversation:
    return await in_thread(Conversation.objects.select_related("visitor").get)(public_id=visitor.conversation)


@pytest.fixture
async def waiting(visitor: VisitorClient) -> VisitorClient:
    """A visitor who waits for a person."""
    await visitor.open(language="zh-hans")
    await visitor.send(type="handoff")
    await visitor.next("event", kind="handoff.requested")
    return visitor


async def test_a_visitor_asks_for_a_person_and_gets_one(
    runners: ReplyRunners, visitor: VisitorClient, model: ScriptedModel, operator: User
) -> None:
    await in_thread(presence.beat)(operator)
    await visitor.open()
    await visitor.send(type="handoff")
    asked = (await visitor.next("event", kind="handoff.requested"))["data"]
    await visitor.say("Is anybody there?")
    await visitor.next("accepted")
    conversation = await _conversation(visitor)
    await in_thread(handover.take_over)(conversation, operator)
    joined = (await visitor.next("event", kind="operator.joined"))["data"]
    await in_thread(handover.reply)(conversation, operator, "Yes, me.", "r1")
    said = (await visitor.next("event", kind="message.created"))["data"]
    await in_thread(handover.hand_back)(conversation, operator)
    left = (await visitor.next("event", kind="operator.left"))["data"]
    await visitor.say("Thank you")
    reply = await visitor.finished()

    assert asked == {"turn": "waiting", "reason": "visitor", "online": True, "opens_at": None}
    assert joined["turn"] == "operator" and left["turn"] == "assistant"
    assert (said["author"], said["text"]) == ("operator", "Yes, me.")
    assert reply["text"] == "Hello from the script."
    assert len(model.requests) == 1


async def test_words_that_ask_for_a_person_do(runners: ReplyRunners, visitor: VisitorClient) -> None:
    await visitor.open()
    await visitor.say("Can I talk to a human please?")
    asked = await visitor.next("event", kind="handoff.requested")

    assert asked["data"]["reason"] == "words"


async def test_a_visitor_may_go_back_to_the_assistant(runners: ReplyRunners, visitor: VisitorClient) -> None:
    await visitor.open()
    await visitor.send(type="handoff")
    await visitor.say("When do you open?")
    await visitor.next("accepted")
    await visitor.send(type="handoff", wanted=False)

    assert (await visitor.finished())["text"] == "Hello from the script."


async def test_a_crowd_at_the_assistant_keeps_nobody_from_a_person(
    waiting: VisitorClient, settings: Any
) -> None:
    settings.REPLY_QUEUE_LIMIT = 0
    sent = await waiting.say("I am still here")

    assert (await waiting.next("accepted"))["client_id"] == sent


@pytest.mark.parametrize("address", ["ada@example.com", "+49 30 1234567", "(030) 123-456"])
async def test_a_visitor_leaves_an_address(waiting: VisitorClient, address: str) -> None:
    await waiting.send(type="contact", address=f" {address} ")
    left = await waiting.next("event", kind="contact.left")

    assert left["data"] == {}
    assert (await _conversation(waiting)).contact == address


async def test_after_the_end_the_visitor_rates_and_may_think_again(
    waiting: VisitorClient, operator: User
) -> None:
    conversation = await _conversation(waiting)
    await in_thread(closing.close)(conversation, by="operator")
    closed = await waiting.next("event", kind="conversation.closed")
    for score in (2, 4):
        await waiting.send(type="rating", score=score, comment=" Fine.\x00 ")
        rated = await waiting.next("event", kind="conversation.rated")
    conversation = await _conversation(waiting)

    assert closed["data"]["by"] == "operator" and rated["data"] == {"score": 4}
    assert (conversation.rating, conversation.rating_comment) == (4, "Fine.")


async def test_of_the_page_only_the_public_part_is_kept(waiting: VisitorClient) -> None:
    url = "https://ada:pw@shop.example:8443/cart/7?token=secret#card=1"
    await waiting.send(type="page", url=url, title="  Your\n cart " + "x" * 300)
    await waiting.send(type="resync", after=waiting.seq)
    await waiting.next("welcome")
    conversation = await _conversation(waiting)

    assert conversation.page_url == "https://shop.example:8443/cart/7"
    assert conversation.page_title.startswith("Your cart xxx") and len(conversation.page_title) == 200
    assert conversation.language == "zh-hans"


async def test_what_was_seen_never_becomes_less_nor_more_than_there_is(waiting: VisitorClient) -> None:
    for seq in (1, 0, 999):
        await waiting.send(type="seen", seq=seq)
    await waiting.send(type="resync", after=waiting.seq)
    await waiting.next("welcome")

    assert (await _conversation(waiting)).visitor_seen_seq == 1


async def test_each_sees_the_other_type(waiting: VisitorClient) -> None:
    await hints.show_typing(str(waiting.conversation), "operator", "Ada")
    shown = await waiting.next("typing")
    tab = VisitorClient(waiting.visitor)
    await tab.open(waiting.conversation)
    await tab.send(type="typing")
    await tab.send(type="ping")
    await tab.next("pong")
    await waiting.send(type="ping")
    await waiting.next("pong")
    await tab.close()

    assert shown == {"type": "typing", "author": "operator", "name": "Ada"}
    assert [frame["type"] for frame in waiting.frames].count("typing") == 1


async def test_a_blocked_visitor_is_shut_out_at_once_and_let_in_again(
    waiting: VisitorClient, client: Client, site: Site
) -> None:
    visitor, secret = await in_thread(Visitor.objects.register)(site)
    shut_out = VisitorClient(visitor)
    await shut_out.open()
    await in_thread(blocking.block)(visitor)

    assert await shut_out.close_code(within=5) == 4403
    headers = {"Authorization": f"Bearer {secret}"}

    def ask_for_ticket() -> int:
        path, body = "/api/v1/tickets", {"site": "lumen"}
        return client.post(path, body, content_type="application/json", headers=headers).status_code

    assert await in_thread(ask_for_ticket)() == 403
    again = VisitorClient(visitor)
    with pytest.raises(AssertionError):
        await again.open()
    await in_thread(blocking.unblock)(visitor)
    assert await in_thread(ask_for_ticket)() == 200
    await waiting.say("I am not blocked")
    await waiting.next("accepted")


async def test_a_ticket_from_before_the_block_opens_nothing(visitor: VisitorClient) -> None:
    await visitor.socket.connect()
    from chatbot.widget.models import Ticket

    ticket = await in_thread(Ticket.objects.issue)(visitor.visitor)
    await in_thread(blocking.block)(visitor.visitor)
    await visitor.send(type="hello", ticket=ticket)

    assert (await visitor.next("error"))["code"] == "blocked"
    assert await visitor.close_code() == 4403


async def test_two_failed_answers_call_a_person(
    runners: ReplyRunners, visitor: VisitorClient, model: ScriptedModel
) -> None:
    model.status = 400
    await visitor.open()
    await visitor.say("Hello")
    failed = await visitor.finished("message.failed")
    await visitor.send(type="regenerate", message=failed["id"])
    asked = await visitor.next("event", kind="handoff.requested")

    assert asked["data"]["reason"] == "failed_answers"


async def test_the_inbox_hears_of_what_happens(waiting: VisitorClient, site: Site) -> None:
    from channels.layers import get_channel_layer

    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(hints.inbox_of(site.pk), channel)
    await waiting.say("Hello?")
    hint = await layer.receive(channel)

    assert hint == {"type": "inbox.changed", "conversation": (await _conversation(waiting)).pk}
    await eventually(lambda: True)
