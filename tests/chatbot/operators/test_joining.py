"""A page that joins a conversation misses nothing, and one that leaves meanwhile hears nothing of it."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer

from accounts.models import Membership, Site
from chatbot.conversations import hints, posting
from chatbot.conversations.models import Conversation
from chatbot.conversations.sockets.open_sockets import open_sockets
from tests.chatbot.operators.desk import OperatorClient
from tests.chatbot.operators.talks import say, talk
from tests.eventually import eventually

pytestmark = pytest.mark.django_db(transaction=True)


class SlowSnapshot:
    """Lets a snapshot be read, but holds it back until `go_on` is set."""

    def __init__(self) -> None:
        self.was_read = threading.Event()
        self.go_on = threading.Event()
        self._read = posting.snapshot

    def __call__(self, *arguments: Any) -> posting.Snapshot:
        snapshot = self._read(*arguments)
        self.was_read.set()
        assert self.go_on.wait(10)
        return snapshot


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowSnapshot]:
    slow = SlowSnapshot()
    monkeypatch.setattr(posting, "snapshot", slow)
    yield slow
    slow.go_on.set()


@pytest.fixture
def conversation(site: Site) -> Conversation:
    return talk(site, "Where is my blue lamp?")


@pytest.fixture
async def client(operator, transactional_db):
    client = await OperatorClient.of(operator)
    await client.open()
    yield client
    await client.close()


def listeners(conversation: Conversation) -> int:
    """Return how many sockets and others of this process hear the conversation's hints."""
    return len(get_channel_layer()._groups.get(hints.group_of(conversation.public_id), ()))


async def test_what_is_said_while_a_page_joins_arrives(client, conversation, slow):
    await client.send(type="watch", conversation=conversation.public_id)
    await eventually(slow.was_read.is_set)
    await database_sync_to_async(say)(conversation, "visitor", "Are you there?")
    slow.go_on.set()

    welcome = await client.next("welcome")
    event = await client.next("event")
    assert (welcome["seq"], event["data"]["text"]) == (1, "Are you there?")


async def test_a_page_that_closes_while_it_joins_stays_in_no_group(operator, conversation, slow):
    client = await OperatorClient.of(operator)
    await client.open()
    await client.send(type="watch", conversation=conversation.public_id)
    await eventually(slow.was_read.is_set)
    assert listeners(conversation) == 1
    others = len(open_sockets) - 1
    await client.socket.send_input({"type": "websocket.disconnect", "code": 1001})
    await eventually(lambda: len(open_sockets) == others)
    slow.go_on.set()
    await client.socket.wait(10)

    assert listeners(conversation) == 0


async def test_who_loses_the_conversation_while_joining_gets_no_welcome(
    client, conversation, slow, operator, other_site
):
    await Membership.objects.acreate(user=operator, site=other_site, role=Membership.Role.OPERATOR)
    await client.send(type="watch", conversation=conversation.public_id)
    await eventually(slow.was_read.is_set)
    await Membership.objects.filter(user=operator, site=conversation.site_id).adelete()
    await get_channel_layer().group_send(f"person.{operator.pk}", {"type": "access.changed"})
    await client.next("error", code="not_found")
    slow.go_on.set()
    await client.send(type="ping")
    await client.next("pong", seq=0)

    assert "welcome" not in [frame["type"] for frame in client.frames]
    assert listeners(conversation) == 0


async def test_a_page_that_is_refused_stays_in_no_group(stranger, conversation):
    client = await OperatorClient.of(stranger)
    await client.open()
    await client.send(type="watch", conversation=conversation.public_id)
    await client.next("error", code="not_found")

    assert listeners(conversation) == 0
    await client.close()


async def test_a_refusal_costs_nobody_the_conversation_that_they_look_at(client, conversation, other_site):
    theirs = await database_sync_to_async(talk)(other_site, "A secret lamp?")
    await client.watch(conversation.public_id)
    await client.send(type="watch", conversation=theirs.public_id)
    await client.next("error", code="not_found")
    await database_sync_to_async(say)(conversation, "visitor", "Are you there?")

    assert (await client.next("event"))["data"]["text"] == "Are you there?"
    assert (listeners(conversation), listeners(theirs)) == (1, 0)


async def test_another_conversation_takes_the_place_of_the_earlier_one(client, site, conversation):
    other = await database_sync_to_async(talk)(site, "A red lamp?")
    await client.watch(conversation.public_id)
    await client.watch(other.public_id)

    assert (listeners(conversation), listeners(other)) == (0, 1)
