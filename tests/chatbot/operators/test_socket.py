"""What an operator's socket brings, to whom, and when it closes."""

import asyncio

import pytest
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer

from accounts.models import Membership, Site, User
from chatbot.conversations import handover
from chatbot.conversations.models import Conversation, Presence
from tests.chatbot.operators.desk import OperatorClient
from tests.chatbot.operators.talks import say, talk
from tests.visitor import VisitorClient

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def sit(transactional_db):
    """Open the socket of a person; all are closed at the end."""
    opened: list[OperatorClient] = []

    async def open_for(user: User) -> OperatorClient:
        client = await OperatorClient.of(user)
        opened.append(client)
        return await client.open()

    yield open_for
    for client in opened:
        await client.close()


@pytest.fixture
def conversation(site: Site) -> Conversation:
    return talk(site, "Where is my blue lamp?", "In the post.")


@pytest.mark.parametrize("origin", [None, b"https://evil.example", b"http://127.0.0.1:9000", b"null"])
async def test_other_peoples_pages_get_no_socket(operator, origin):
    signed_in = await OperatorClient.of(operator)
    client = OperatorClient(signed_in.session, origin)

    connected, _code = await client.socket.connect()

    assert not connected


@pytest.mark.parametrize("session", [None, "made-up"])
async def test_a_stranger_without_a_session_is_closed(transactional_db, session):
    client = OperatorClient(session)
    await client.socket.connect()

    assert await client.close_code() == 4401


async def test_somebody_who_reads_no_conversations_is_closed(editor):
    client = await OperatorClient.of(editor)
    await client.socket.connect()

    assert await client.close_code() == 4401


async def test_who_may_read_gets_the_conversation(sit, conversation, operator, owner, viewer):
    for person in (operator, owner, viewer):
        client = await sit(person)

        welcome = await client.watch(conversation.public_id)

        said = [event["data"]["text"] for event in welcome["events"]]
        assert said == ["Where is my blue lamp?", "In the post."], person


async def test_staff_of_another_site_get_none(sit, conversation, stranger):
    client = await sit(stranger)

    for frame in (
        {"type": "watch", "conversation": conversation.public_id},
        {"type": "seen", "seq": 2},
        {"type": "typing"},
        {"type": "resync"},
    ):
        await client.send(**frame)
    await client.next("error", code="not_found")
    await client.send(type="ping")
    await client.next("pong")

    assert not [frame for frame in client.frames if frame["type"] in ("welcome", "event", "presence")]
    assert (await Conversation.objects.aget()).staff_seen_seq == 0


async def test_the_stream_of_an_answer_is_seen_as_it_grows(sit, runners, visitor: VisitorClient, operator):
    await visitor.open()
    client = await sit(operator)
    await client.watch(visitor.conversation)
    await visitor.say("Hello")

    first = await client.next("event", kind="message.created")
    delta = await client.next("delta")
    done = await client.next("event", kind="message.completed")

    assert first["data"]["author"] == "visitor"
    assert done["data"]["text"].startswith(delta["text"])


async def test_a_change_on_ones_sites_is_told_and_on_others_is_not(sit, site, other_site, operator, stranger):
    ours, theirs = await sit(operator), await sit(stranger)
    await database_sync_to_async(talk)(site, "A lamp?")

    await ours.next("inbox")
    await theirs.send(type="ping")
    await theirs.next("pong")

    assert "inbox" not in [frame["type"] for frame in theirs.frames]


async def test_two_operators_see_each_other(sit, conversation, operator, owner):
    first, second = await sit(operator), await sit(owner)
    await first.watch(conversation.public_id)
    await second.watch(conversation.public_id)

    assert (await second.next("presence", people=[{"name": "operator", "typing": False}]))["people"]
    await first.next("presence", people=[{"name": "owner", "typing": False}])
    await second.send(type="typing")
    await first.next("presence", people=[{"name": "owner", "typing": True}])
    await second.send(type="unwatch")
    await first.next("presence", people=[])


async def test_the_visitor_sees_the_operator_type_who_answers_and_nobody_else(
    sit, visitor: VisitorClient, operator, owner
):
    await visitor.open()
    await visitor.say("Hello")
    await visitor.next("accepted")
    conversation = await Conversation.objects.aget()
    await database_sync_to_async(handover.take_over)(conversation, operator)
    answering, looking = await sit(operator), await sit(owner)
    await looking.watch(conversation.public_id)
    await answering.watch(conversation.public_id)

    hints = get_channel_layer()
    ear = await hints.new_channel()
    await hints.group_add(f"conversation.{conversation.public_id}", ear)
    await looking.send(type="typing")
    await looking.send(type="ping")
    await looking.next("pong")
    await answering.send(type="typing")

    while (hint := await hints.receive(ear))["type"] != "person.typing":
        pass
    assert hint["author"] == "operator"


async def test_what_an_operator_has_seen_is_unread_no_more(sit, conversation, operator, viewer):
    await Conversation.objects.filter(pk=conversation.pk).aupdate(unread=1)
    for user, unread in ((viewer, 1), (operator, 0)):
        client = await sit(user)
        await client.watch(conversation.public_id)
        await client.send(type="seen", seq=conversation.last_seq)
        await client.send(type="ping")
        await client.next("pong")
        await conversation.arefresh_from_db()
        assert conversation.unread == unread, user


async def test_an_operator_with_an_open_inbox_is_there_and_a_viewer_is_not(sit, operator, viewer):
    await sit(viewer)
    client = await sit(operator)
    await client.send(type="ping")
    await client.next("pong")

    async def there() -> list[int]:
        return [presence.pk async for presence in Presence.objects.there()]

    async with asyncio.timeout(10):
        while await there() != [operator.pk]:
            await client.send(type="ping")
            await client.next("pong")


async def test_who_keeps_a_role_elsewhere_stays_and_loses_the_conversation(
    sit, conversation, operator, other_site
):
    await Membership.objects.acreate(user=operator, site=other_site, role=Membership.Role.OPERATOR)
    client = await sit(operator)
    await client.watch(conversation.public_id)
    await Membership.objects.filter(user=operator, site=conversation.site_id).adelete()
    await get_channel_layer().group_send(f"person.{operator.pk}", {"type": "access.changed"})

    await client.next("error", code="not_found")
    await database_sync_to_async(say)(conversation, "visitor", "Secret")
    await client.send(type="ping")
    await client.next("pong")
    assert "Secret" not in str(client.frames)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("no json", "invalid_json"),
        ('{"type": "reply"}', "unknown_type"),
        ('{"type": "watch"}', "invalid"),
        ('{"type": "watch", "conversation": "none", "after": -1}', "invalid"),
        ('{"type": "watch", "conversation": "unknown"}', "not_found"),
    ],
)
async def test_a_frame_that_is_wrong_is_refused_and_the_socket_stays(sit, operator, text, code):
    client = await sit(operator)
    await client.socket.send_to(text_data=text)

    await client.next("error", code=code)
    await client.send(type="ping")
    await client.next("pong")


async def test_a_frame_that_is_too_big_closes_the_socket(sit, operator):
    client = await sit(operator)
    await client.send(type="watch", conversation="x" * 70_000)

    assert await client.close_code() == 1009


async def test_a_client_that_floods_is_closed(sit, operator, settings):
    settings.SOCKET_MESSAGES_A_MINUTE = 2
    client = await sit(operator)
    for _ in range(30):
        await client.send(type="ack")

    assert await client.close_code() == 1008
