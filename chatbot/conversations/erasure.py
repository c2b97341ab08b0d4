"""Forgetting a visitor."""

from django.db import transaction

from chatbot.conversations import recounting
from chatbot.conversations.blocking import block
from chatbot.conversations.models import Conversation, Visitor


@transaction.atomic
def erase(visitor: Visitor) -> None:
    """Delete the visitor with every conversation and all that was said; it cannot be undone.

    The visitor's sockets are closed and answers under way are stopped.
    """
    block(visitor)
    recounting.mark(Conversation.objects.filter(visitor=visitor))
    visitor.delete()
