"""One runner writes a conversation at a time, and what a dead one left is taken over."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from channels.db import database_sync_to_async
from django.db import connection
from django.utils import timezone

from accounts.models import Site
from chatbot.conversations import leases, posting
from chatbot.conversations.leases import LeaseLost
from chatbot.conversations.models import Conversation, Message, Visitor
from chatbot.conversations.replies import _begin, _finish, keep_text
from chatbot.conversations.runner import ReplyRunners
from tests.eventually import eventually
from tests.scripted_model import ScriptedModel, question_in
from tests.visitor import VisitorClient

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def waiting(site: Site) -> Message:
    """A question whose reply waits."""
    visitor, _secret = Visitor.objects.register(site)
    conversation = posting.open_conversation(visitor, None)
    posting.send(visitor, conversation, "c", "Hello")
    return Message.objects.get(status=Message.Status.PENDING)


def _expire(message: Message) -> None:
    Conversation.objects.filter(pk=message.conversation_id).update(
        lease_until=timezone.now() - timedelta(seconds=1)
    )


def test_only_one_runner_gets_the_lease(waiting: Message) -> None:
    assert len(leases.claim(10)) == 1
    assert leases.claim(10) == []


def test_an_expired_lease_goes_to_the_next_runner_and_fences_the_first(waiting: Message) -> None:
    (first,) = leases.claim(10)
    draft = _begin(first)
    assert draft is not None
    draft.text = "Half an"
    keep_text(first, draft)
    _expire(waiting)
    (second,) = leases.claim(10)
    again = _begin(second)

    assert again is not None and again.text == "Half an"
    with pytest.raises(LeaseLost):
        keep_text(first, draft)
    with pytest.raises(LeaseLost):
        _finish(first, draft, Message.Status.COMPLETED, "")
    waiting.refresh_from_db()
    assert waiting.status == Message.Status.STREAMING


def test_a_patient_runner_lets_others_renew_a_lease_that_ran_out(waiting: Message) -> None:
    (first,) = leases.claim(10)
    _expire(waiting)

    assert leases.claim(10, patient=True) == []
    assert leases.claim(10, besides=[waiting.conversation_id]) == []
    first.renew()
    assert leases.claim(10) == []


def test_runners_that_race_get_each_conversation_once(site: Site) -> None:
    for _ in range(10):
        visitor, _secret = Visitor.objects.register(site)
        posting.send(visitor, posting.open_conversation(visitor, None), "c", "Hello")
    together = threading.Barrier(4)

    def claim(_number: int) -> list[str]:
        together.wait()
        try:
            return [lease.conversation_id for lease in leases.claim(10)]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        claimed = [name for names in pool.map(claim, range(4)) for name in names]

    assert len(claimed) == len(set(claimed)) == 10


async def test_two_runners_write_each_conversation_in_order_and_once(
    model: ScriptedModel, transactional_db: None, site: Site
) -> None:
    model.answer, model.piece_seconds = lambda question: ["To ", question], 0.01
    running = [asyncio.create_task(ReplyRunners().run()) for _ in range(2)]
    visitors = [await VisitorClient.of(site) for _ in range(4)]
    for visitor in visitors:
        await visitor.open()
        for number in range(4):
            await visitor.say(f"{visitor.conversation} {number}")
    for visitor in visitors:
        answers = [(await visitor.finished(within=30))["text"] for _ in range(4)]
        assert answers == [f"To {visitor.conversation} {number}" for number in range(4)]
        await visitor.close()
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)

    asked = [question_in(request).rsplit("\n\n", 1)[-1] for request in model.requests]
    assert len(asked) == len(set(asked)) == 16


def test_a_conversation_without_a_waiting_reply_is_given_back(waiting: Message) -> None:
    (lease,) = leases.claim(10)
    draft = _begin(lease)
    assert draft is not None
    draft.text = "Hello."
    _finish(lease, draft, Message.Status.COMPLETED, "")
    assert _begin(lease) is None

    waiting.conversation.refresh_from_db()
    assert waiting.conversation.lease_until is None


def test_a_released_conversation_can_be_claimed_at_once(waiting: Message) -> None:
    (lease,) = leases.claim(10)
    lease.release()

    assert len(leases.claim(10)) == 1


async def test_what_a_dead_runner_wrote_is_gone_on_from(model: ScriptedModel, visitor: VisitorClient) -> None:
    await visitor.open()
    await visitor.say("Hello")
    await visitor.next("accepted")

    def die_half_way() -> None:
        (lease,) = leases.claim(10)
        draft = _begin(lease)
        assert draft is not None
        draft.text = "Hello from"
        keep_text(lease, draft)
        Conversation.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    await database_sync_to_async(die_half_way)()
    runners = ReplyRunners()
    running = asyncio.create_task(runners.run())
    reply = await visitor.finished()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert reply["text"] == "Hello from the script."
    assert model.requests[0]["messages"][-1] == {"role": "assistant", "content": "Hello from"}


async def test_a_runner_that_is_cancelled_hands_its_reply_on(
    model: ScriptedModel, visitor: VisitorClient
) -> None:
    model.pieces = ["word "] * 1000
    model.hold_after = 500
    await visitor.open()
    await visitor.say("Hello")
    first = asyncio.create_task(ReplyRunners().run())
    await visitor.next("delta")
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    kept = await database_sync_to_async(Message.objects.get)(status=Message.Status.STREAMING)
    # Whether the first got as far as the gate depends on the machine.
    model.hold_after = None
    model.gate.set()
    second = asyncio.create_task(ReplyRunners().run())
    reply = await visitor.finished(within=20)
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)

    assert kept.text and reply["text"] == "word " * 1000
    assert visitor.texts[reply["id"]] == reply["text"]


async def test_a_drain_lets_running_replies_end_and_begins_no_more(
    runners: ReplyRunners, model: ScriptedModel, visitor: VisitorClient
) -> None:
    model.gate.clear()
    await visitor.open()
    await visitor.say("Hello")
    await eventually(lambda: model.requests)
    draining = asyncio.create_task(runners.drain(10))
    await asyncio.sleep(0)
    model.gate.set()
    await visitor.finished()
    await draining

    assert len(runners) == 0


async def test_a_model_that_is_away_fails_the_reply_and_a_retry_works(
    settings: object, runners: ReplyRunners, model: ScriptedModel, visitor: VisitorClient
) -> None:
    model.status = 400
    await visitor.open()
    await visitor.say("Hello")
    failed = await visitor.finished("message.failed")
    model.status = 200
    await visitor.send(type="regenerate", message=failed["id"])
    reply = await visitor.finished()

    assert failed["error"] == "model_refused"
    assert reply["text"] == "Hello from the script." and reply["replaces"] == failed["id"]
