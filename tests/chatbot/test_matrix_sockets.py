"""Everybody tries every action of both sockets on the rows of one visitor, or of one site."""

import json
from typing import Any, get_args

import pytest
from channels.db import database_sync_to_async

from accounts.models import Membership, Site, User
from accounts.policy import Policy
from chatbot.conversations.models import Conversation, Message
from chatbot.operators import frames as operator_frames
from chatbot.operators.consumers import OperatorConsumer
from chatbot.operators.workbench import frames as workbench_frames
from chatbot.operators.workbench.consumer import WorkbenchConsumer
from chatbot.widget import frames as visitor_frames
from chatbot.widget.consumers import VisitorConsumer
from chatbot.widget.models import Ticket
from tests.chatbot import planted
from tests.chatbot.operators.desk import OperatorClient
from tests.chatbot.operators.workbench.bench import BenchClient
from tests.chatbot.planted import Planted
from tests.visitor import VisitorClient

CONSUMERS = {
    OperatorConsumer: operator_frames,
    VisitorConsumer: visitor_frames,
    WorkbenchConsumer: workbench_frames,
}

in_database = database_sync_to_async


def actions_of(consumer: type) -> set[str]:
    return {name.removeprefix("on_") for name in dir(consumer) if name.startswith("on_")}


def types_of(frames: Any) -> set[str]:
    return {get_args(frame.model_fields["type"].annotation)[0] for frame in get_args(frames.Frame)}


@pytest.mark.parametrize("consumer", CONSUMERS)
def test_every_action_declares_its_policy(consumer):
    for action in actions_of(consumer):
        declared = getattr(getattr(consumer, f"on_{action}"), "policy", None)
        assert declared in (consumer.policy, Policy.SOCKET), f"{consumer.__name__}.on_{action} has no @policy"
    assert actions_of(consumer) == types_of(CONSUMERS[consumer])


def frames_at(conversation: Conversation, message: Message) -> dict[str, dict[str, Any]]:
    """Return for each action a frame that reaches for this conversation."""
    there = {"conversation": conversation.public_id, "message": message.public_id}
    return {
        "hello": {**there, "ticket": "guessed"},
        "watch": there,
        "unwatch": there,
        "assist": {**there, "kind": "summary", "ask": "1"},
        "unassist": there,
        "write": {"kind": "try", "ask": "1", "asked": {"site": conversation.site_id, "question": "Taken"}},
        "send": {**there, "client_id": "taken", "text": "Taken"},
        "stop": there,
        "regenerate": there,
        "feedback": {**there, "value": "down"},
        "typing": there,
        "handoff": there,
        "contact": {**there, "address": "taken@taken.example"},
        "rating": {**there, "score": 1, "comment": "Taken"},
        "seen": {**there, "seq": 3},
        "page": {**there, "url": "https://taken.example/", "title": "Taken"},
        "end": there,
        "ack": {**there, "seq": 3},
        "ping": there,
        "resync": {**there, "after": 0},
    }


@pytest.fixture
def rows(transactional_db: None, site: Site, owner: User) -> dict[str, Any]:
    return planted.plant(site, owner)


async def try_all(client: Any, consumer: type, rows: dict[str, Any]) -> None:
    """Send a frame for each action and wait until all are answered.

    First comes what begins anew, and last what ends the own conversation.
    """
    frames = frames_at(rows["conversations.Conversation"], rows["conversations.Message"])
    for action in sorted(
        actions_of(consumer) - {"hello"}, key=lambda name: (name == "end") - (name == "resync")
    ):
        await client.send(type=action, **frames[action])
    await client.send(type="no such action")
    await client.next("error", code="unknown_type")


def told(client: Any) -> str:
    return json.dumps(client.frames)


@pytest.mark.parametrize("whose", ["the same site", "another site"])
async def test_another_visitor_reads_and_changes_nothing(whose, rows, site, other_site):
    theirs = await VisitorClient.of(site if whose == "the same site" else other_site)
    before = await in_database(Planted)(rows["conversations.Visitor"])
    await theirs.open()

    await try_all(theirs, VisitorConsumer, rows)
    await theirs.close()

    # The chat names its site to everybody.
    assert "secret-conversations" not in told(theirs)
    assert await in_database(before.changed)() == set()


async def test_a_visitors_ticket_opens_no_conversation_of_another(rows, site):
    theirs = await VisitorClient.of(site)
    await theirs.socket.connect()
    ticket = await in_database(Ticket.objects.issue)(theirs.visitor)
    await theirs.send(type="hello", ticket=ticket, conversation=rows["conversations.Conversation"].public_id)

    assert await theirs.close_code() == 4403
    assert "secret-" not in told(theirs)
    await theirs.close()


@pytest.mark.parametrize(
    ("page", "consumer"), [(OperatorClient, OperatorConsumer), (BenchClient, WorkbenchConsumer)]
)
async def test_an_owner_of_another_site_reads_and_changes_nothing(rows, site, stranger, page, consumer):
    before = await in_database(Planted)(site)
    client = await page.of(stranger)
    await client.open()

    await try_all(client, consumer, rows)
    await client.close()

    assert "secret-" not in told(client)
    assert await in_database(before.changed)() == set()


@pytest.mark.parametrize(
    ("role", "changes"), [("owner", True), ("editor", None), ("operator", True), ("viewer", False)]
)
async def test_a_role_reads_and_changes_what_the_table_of_access_says(role, changes, rows, site):
    """None stands for a role that gets no socket."""
    conversation = rows["conversations.Conversation"]
    person = await in_database(member)(site, role)
    before = await in_database(Planted)(site, person)
    client = await OperatorClient.of(person)
    await client.socket.connect()
    if changes is None:
        assert await client.close_code() == 4401
        assert "secret-" not in told(client)
        return
    await client.next("ready")
    await client.watch(conversation.public_id)
    await client.send(type="seen", seq=conversation.last_seq)
    await client.send(type="ping")
    await client.next("pong")
    await client.close()

    assert planted.secret(Message) in told(client)
    # What only the staff is to know comes with the page, not with the stream of the visitor's events.
    assert not [
        kind for kind in ("prompts", "operators", "apikey", "note") if f"secret-{kind}" in told(client)
    ]
    changed = await in_database(before.changed)()
    assert changed - {"accounts.AuditEntry"} == ({"conversations.Conversation"} if changes else set())


def member(site: Site, role: str) -> User:
    person = User.objects.create_user(f"walking {role}", is_staff=True)
    Membership.objects.create(user=person, site=site, role=role)
    return person


@pytest.mark.parametrize("session", [None, "guessed"])
@pytest.mark.parametrize("page", [OperatorClient, BenchClient])
async def test_a_stranger_gets_no_socket_of_the_staff(page, session, rows):
    client = page(session)
    await client.socket.connect()

    assert await client.close_code() == 4401
    assert client.frames == []
