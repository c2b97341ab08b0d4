"""Appends the numbered events of a conversation and reads them back."""

from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from chatbot.conversations import hints
from chatbot.conversations.models import Conversation, ConversationEvent

PAGE = 200


def record(
    conversation: Conversation, kind: str, payload: dict[str, Any], **changes: Any
) -> ConversationEvent:
    """Append an event with the next number and announce it after the commit.

    `changes` are fields of the conversation that change in the same UPDATE. Call it inside the transaction
    that makes the change. The UPDATE locks the conversation's row until that transaction ends, so numbers
    appear in the order of their commits and without a gap.
    """
    with transaction.atomic():
        Conversation.objects.filter(pk=conversation.pk).update(
            last_seq=F("last_seq") + 1, updated_at=timezone.now(), **changes
        )
        conversation.refresh_from_db(fields=["last_seq", "updated_at", *changes])
        event = ConversationEvent.objects.create(
            conversation=conversation, seq=conversation.last_seq, kind=kind, payload=payload
        )
        hints.announce_change(conversation)
    return event


def frames_after(conversation_id: str, seq: int) -> list[dict[str, Any]]:
    """Return the frames of up to `PAGE` events after `seq`, oldest first; fewer mean that these are all."""
    events = ConversationEvent.objects.filter(conversation__public_id=conversation_id, seq__gt=seq)
    return [event.frame() for event in events.order_by("seq")[:PAGE]]
