"""What webhooks are told, how a receiver can trust it, and what happens when it does not answer."""

import json
import re
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import Site, User
from chatbot.celery import app
from chatbot.conversations import events, handover
from chatbot.conversations.erasure import erase
from chatbot.conversations.models import ConversationEvent
from chatbot.operators.delivering import queue_and_deliver, send_test
from chatbot.operators.models import Delivery, Webhook
from chatbot.operators.tasks import forget_old_deliveries
from chatbot.retrying import pause_after
from chatbot.signed_posting import signature
from tests.chatbot.operators.conftest import talk
from tests.chatbot.operators.receivers import Receiver, receiver

pytestmark = pytest.mark.django_db

GUIDE = Path(__file__).parents[3] / "docs" / "api.md"


@pytest.fixture
def hook(settings: LazySettings) -> Iterator[Receiver]:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with receiver() as found:
        yield found


@pytest.fixture
def webhook(site: Site, hook: Receiver) -> Webhook:
    return Webhook.objects.create(site=site, url=hook.url, kinds=list(Webhook.Kind.values))


def bodies(hook: Receiver) -> list[dict[str, Any]]:
    return [json.loads(body) for _headers, body in hook.received]


def due_now() -> None:
    Delivery.objects.filter(status="waiting").update(next_attempt_at=timezone.now())


def test_every_event_is_delivered_once(hook: Receiver, webhook: Webhook, site: Site) -> None:
    conversation = talk(site, "Where is my lamp?", "It is blue.")

    assert [queue_and_deliver(), queue_and_deliver()] == [2, 0]
    first = min(bodies(hook), key=lambda body: body["seq"])
    assert first | {"id": "", "created_at": ""} == {
        "id": "",
        "created_at": "",
        "kind": "message.created",
        "site": "lumen",
        "conversation": conversation.public_id,
        "visitor": conversation.visitor.public_id,
        "seq": 1,
        "data": conversation.events.get(seq=1).payload,
    }
    delivery = Delivery.objects.get(public_id=first["id"])
    assert (delivery.status, delivery.attempts, delivery.status_code) == ("delivered", 1, 200)


def test_an_outsider_verifies_the_signature_as_the_guide_says(hook: Receiver, webhook: Webhook) -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", guide, re.S)
    receivers: dict[str, Any] = {}
    exec(code, receivers)
    is_from_parley = receivers["is_from_parley"]
    send_test(webhook)
    ((headers, body),) = hook.received

    header = headers["Parley-Signature"]
    assert is_from_parley(webhook.secret, header, body)
    assert not is_from_parley(webhook.secret, header, body + b" ")
    assert not is_from_parley(webhook.secret, header.replace("t=", "t=1"), body)
    replayed = signature(webhook.secret, body, int(time.time()) - 301)
    assert not is_from_parley(webhook.secret, replayed, body)
    webhook.secret_number += 1
    assert not is_from_parley(webhook.secret, header, body)
    assert headers["Parley-Delivery"] == json.loads(body)["id"]


def test_no_secret_is_in_the_database(webhook: Webhook) -> None:
    assert webhook.secret not in json.dumps(list(Webhook.objects.values()), default=str)


def test_only_the_chosen_events_of_the_own_site_are_sent(
    hook: Receiver, webhook: Webhook, site: Site, other_site: Site
) -> None:
    Webhook.objects.update(kinds=["conversation.closed", "staff.secret"])
    talk(other_site, "Elsewhere")
    conversation = talk(site, "Here")
    events.record(conversation, "staff.secret", {})
    events.record(conversation, "conversation.closed", {"by": "visitor"})

    queue_and_deliver()

    assert [body["kind"] for body in bodies(hook)] == ["conversation.closed"]


def test_private_notes_are_never_sent(hook: Receiver, webhook: Webhook, site: Site, owner: User) -> None:
    conversation = talk(site, "Hello")
    handover.add_note(conversation, owner, "A difficult customer.")

    queue_and_deliver()

    assert len(hook.received) == 1
    assert b"difficult" not in hook.received[0][1]


def test_an_event_that_is_committed_late_is_not_missed(hook: Receiver, webhook: Webhook, site: Site) -> None:
    """Its number is lower than that of one which was delivered already."""
    conversation = talk(site, "One", "Two")
    early, late = ConversationEvent.objects.order_by("pk")
    hidden = ConversationEvent(
        pk=early.pk, conversation=conversation, seq=1, kind=early.kind, payload=early.payload
    )
    early.delete()
    queue_and_deliver()
    hidden.save(force_insert=True)

    queue_and_deliver()

    assert [body["seq"] for body in bodies(hook)] == [2, 1]


def test_the_cursor_follows_behind_what_is_settled(hook: Receiver, webhook: Webhook, site: Site) -> None:
    talk(site, "Long ago")
    ConversationEvent.objects.update(created_at=timezone.now() - timedelta(hours=1))
    settled = ConversationEvent.objects.get()
    talk(site, "Just now")

    queue_and_deliver()
    webhook.refresh_from_db()

    assert webhook.cursor == settled.pk
    assert queue_and_deliver() == 0


def test_a_failed_delivery_is_tried_again_later_under_the_same_id(
    hook: Receiver, webhook: Webhook, site: Site
) -> None:
    talk(site, "Hello")
    hook.status = 503
    assert [queue_and_deliver(), queue_and_deliver()] == [1, 0]
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.error) == ("waiting", "The answer was 503.")
    assert delivery.next_attempt_at is not None and delivery.next_attempt_at > timezone.now()

    hook.status = 204
    due_now()
    queue_and_deliver()

    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts, delivery.error) == ("delivered", 2, "")
    first, second = bodies(hook)
    assert first == second


def test_the_pauses_grow_and_end_within_a_day() -> None:
    pauses = [pause_after(attempts, 0.5).total_seconds() for attempts in range(1, 12)]

    assert pauses[:5] == [10, 30, 90, 270, 810]
    assert max(pauses) == 4 * 3600
    assert pause_after(1, 0.0).total_seconds() == 8 and pause_after(1, 1.0).total_seconds() == 12
    assert pause_after(10_000, 1.0) < timedelta(days=1)


def test_after_a_day_a_delivery_is_given_up(hook: Receiver, webhook: Webhook, site: Site) -> None:
    talk(site, "Hello")
    hook.status = 500
    queue_and_deliver()
    Delivery.objects.update(due_since=timezone.now() - timedelta(days=1))
    due_now()

    queue_and_deliver()

    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.next_attempt_at) == ("failed", None)


def test_a_webhook_that_failed_for_three_days_is_disabled(
    hook: Receiver, webhook: Webhook, site: Site
) -> None:
    talk(site, "Hello")
    hook.status = 500
    queue_and_deliver()
    webhook.refresh_from_db()
    assert webhook.is_enabled and webhook.failing_since is not None

    Webhook.objects.update(failing_since=timezone.now() - timedelta(days=3))
    due_now()
    queue_and_deliver()

    webhook.refresh_from_db()
    assert not webhook.is_enabled
    due_now()
    assert queue_and_deliver() == 0


def test_a_receiver_that_fails_is_tried_with_one_delivery_at_a_time(
    hook: Receiver, webhook: Webhook, site: Site
) -> None:
    talk(site, "One", "Two", "Three")
    hook.status = 500
    assert queue_and_deliver() == 3
    due_now()
    assert queue_and_deliver() == 1

    hook.status = 200
    due_now()
    assert queue_and_deliver() == 3
    assert {delivery.status for delivery in Delivery.objects.all()} == {"delivered"}


def test_a_success_forgets_the_failures(hook: Receiver, webhook: Webhook, site: Site) -> None:
    Webhook.objects.update(failing_since=timezone.now() - timedelta(days=2))
    talk(site, "Hello")

    queue_and_deliver()

    webhook.refresh_from_db()
    assert webhook.failing_since is None


def test_two_workers_do_not_send_the_same_delivery(webhook: Webhook, site: Site) -> None:
    talk(site, "Hello")
    Delivery.objects.queue_new_events(webhook)
    one, other = Delivery.objects.get(), Delivery.objects.get()

    assert one.claim() and not other.claim()


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/hook",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::ffff:127.0.0.1]/hook",
        "http://example.com/hook",
    ],
)
def test_an_address_inside_is_refused_in_the_form_and_at_delivery(site: Site, url: str) -> None:
    webhook = Webhook(site=site, url=url, kinds=["message.created"])
    with pytest.raises(ValidationError) as refusal:
        webhook.full_clean()
    assert set(refusal.value.message_dict) == {"url"}

    # As if it had been written before the rule was there, or past the form.
    webhook.save()
    talk(site, "Hello")
    queue_and_deliver()

    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.status_code, delivery.attempts) == ("failed", None, 1)
    assert delivery.error


def test_an_erased_visitor_is_in_no_log(hook: Receiver, webhook: Webhook, site: Site) -> None:
    conversation = talk(site, "I live in Elm Street.")
    queue_and_deliver()

    erase(conversation.visitor)

    assert not Delivery.objects.exists()


def test_the_log_is_kept_for_thirty_days(hook: Receiver, webhook: Webhook, site: Site) -> None:
    talk(site, "Hello")
    queue_and_deliver()
    forget_old_deliveries()
    assert Delivery.objects.count() == 1

    Delivery.objects.update(created_at=timezone.now() - timedelta(days=31))
    forget_old_deliveries()

    assert not Delivery.objects.exists()


def test_the_worker_knows_what_the_beat_asks_of_it() -> None:
    app.loader.import_default_modules()

    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(app.tasks)
