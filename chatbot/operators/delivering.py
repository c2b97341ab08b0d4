"""Sending what is queued for webhooks."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from django.utils import timezone

from chatbot.operators.models import Delivery, Webhook
from chatbot.operators.models.deliveries import TEST
from chatbot.signed_posting import Attempt, Outcome, prepared, send

# Sent at the same time, so that a slow receiver holds up few others.
_AT_ONCE = 8
_ROUND = 16
_ROUNDS = 50


def queue_and_deliver() -> int:
    """Queue every new event for its webhooks, send what is due, and return how many attempts that took.

    A webhook that fails gets one attempt, and the others that wait for it only when that one succeeds: a dead
    receiver, of whom each attempt learns the same in 10 seconds, must not keep the worker from the rest.
    """
    for webhook in Webhook.objects.enabled():
        Delivery.objects.queue_new_events(webhook)
    attempts, failed = 0, set[int]()
    for _round in range(_ROUNDS):
        sent = _deliver_some(failed)
        attempts += sent
        if sent == 0:
            break
    return attempts


def send_test(webhook: Webhook) -> Outcome:
    """Send the webhook an event of the kind `test`, enabled or not, and store how it went."""
    # Nobody else is to send it while this does.
    delivery = Delivery.objects.create(webhook=webhook, kind=TEST, next_attempt_at=None)
    outcome = send(_prepared(delivery))
    _store(delivery, replace(outcome, is_final=True))
    return outcome


def _deliver_some(failed: set[int]) -> int:
    """Send some of what is due, except to webhooks in `failed`, and add those that fail; return how many."""
    related = ("webhook__site", "event__conversation__visitor")
    due = Delivery.objects.due(timezone.now()).exclude(webhook__in=failed).select_related(*related)
    claimed, tried = [], set[int]()
    for delivery in due[:_ROUND]:
        if delivery.webhook.failing_since is not None and delivery.webhook_id in tried:
            continue
        tried.add(delivery.webhook_id)
        if delivery.claim():
            claimed.append(delivery)
    prepared = [_prepared(delivery) for delivery in claimed]
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="webhook") as threads:
        for delivery, outcome in zip(claimed, threads.map(send, prepared), strict=True):
            _store(delivery, outcome)
            if outcome.error:
                failed.add(delivery.webhook_id)
    return len(claimed)


def _prepared(delivery: Delivery) -> Attempt:
    webhook = delivery.webhook
    return prepared(
        webhook.url, webhook.secret, delivery.body(), delivery=delivery.public_id, kind=delivery.kind
    )


def _store(delivery: Delivery, outcome: Outcome) -> None:
    delivery.note_attempt(
        status_code=outcome.status_code,
        error=outcome.error,
        duration_ms=outcome.duration_ms,
        is_final=outcome.is_final,
    )
