"""Appends the numbered events of a conversation and reads them back."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.text import Truncator

from chatbot.conversations import hints
from chatbot.conversations.models import Conversation, ConversationEvent

PAGE = 200
_WITH_TEXT = ("message.created", "message.completed", "message.stopped", "message.failed")

Listener = Callable[[ConversationEvent], None]
_listeners: list[Listener] = []


def call_after_each(listener: Listener) -> None:
    """Call `listener` with every event of this process once its transaction has committed.

    For apps above this one. What a listener raises is logged and concerns nobody else; what it does must not
    take long, since somebody waits who has just said something.
    """
    _listeners.append(listener)


def record(
    conversation: Conversation, kind: str, payload: dict[str, Any], **changes: Any
) -> ConversationEvent:
    """Append an event with the next number and announce it after the commit.

    `changes` are fields of the conversation that change in the same UPDATE. Call it inside the transaction
    that makes the change. The UPDATE locks the conversation's row until that transaction ends, so numbers
    appear in the order of their commits and without a gap.
    """
    with transaction.atomic(savepoint=False):
        Conversation.objects.filter(pk=conversation.pk).update(
            last_seq=F("last_seq") + 1,
            updated_at=timezone.now(),
            **_row_changes(kind, payload),
            **changes,
        )
        conversation.refresh_from_db(fields=["last_seq", "updated_at", *changes])
        event = ConversationEvent.objects.create(
            conversation=conversation, seq=conversation.last_seq, kind=kind, payload=payload
        )
        hints.announce_change(conversation)
        for listener in _listeners:
            transaction.on_commit(partial(listener, event), robust=True)
    return event


def frames_after(conversation_id: str, seq: int) -> list[dict[str, Any]]:
    """Return the frames of up to `PAGE` events after `seq`, oldest first; fewer mean that these are all."""
    events = ConversationEvent.objects.filter(conversation__public_id=conversation_id, seq__gt=seq)
    return [event.frame() for event in events.order_by("seq")[:PAGE]]


def _row_changes(kind: str, payload: dict[str, Any]) -> dict[str, Any]:
    """Return what an event changes in the conversation's row of the inbox."""
    changes: dict[str, Any] = {}
    if kind == "message.created":
        changes["message_total"] = F("message_total") + 1
    if kind in _WITH_TEXT and payload["text"].strip():
        changes["newest_line"] = Truncator(" ".join(payload["text"].split())).chars(200)
        changes["newest_author"] = payload["author"]
    return changes
