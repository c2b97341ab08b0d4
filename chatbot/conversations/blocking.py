"""Shutting a visitor out of the chat, and letting them in again."""

from django.db import transaction
from django.utils import timezone

from accounts.audit import record
from accounts.models import User
from chatbot.conversations import hints
from chatbot.conversations.models import Conversation, Visitor
from chatbot.conversations.reply_requests import halt_replies


@transaction.atomic
def block(visitor: Visitor, *, operator: User | None = None) -> None:
    """Refuse the visitor's tickets from now on, close the open sockets, and stop what is being written."""
    Visitor.objects.filter(pk=visitor.pk, blocked_at__isnull=True).update(blocked_at=timezone.now())
    for conversation in Conversation.objects.select_for_update().filter(visitor=visitor).order_by("pk"):
        halt_replies(conversation)
        hints.announce_block(conversation.public_id)
        hints.announce_to_inbox(conversation)
    if operator is not None:
        record("visitor.blocked", by=operator, site=visitor.site, about=visitor)


@transaction.atomic
def unblock(visitor: Visitor, *, operator: User | None = None) -> None:
    """Let the visitor in again."""
    Visitor.objects.filter(pk=visitor.pk).update(blocked_at=None)
    for conversation in Conversation.objects.filter(visitor=visitor):
        hints.announce_to_inbox(conversation)
    if operator is not None:
        record("visitor.unblocked", by=operator, site=visitor.site, about=visitor)
