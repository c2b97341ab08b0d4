"""Who read which conversation."""

from datetime import timedelta

from django.utils import timezone

from accounts.audit import record, was_recorded_since
from accounts.models import User
from chatbot.conversations.models import Conversation

ONE_VISIT = timedelta(hours=1)


def record_reading(conversation: Conversation, reader: User, network: str = "") -> None:
    """Record that `reader` is shown what was said: once an hour, since a page that is open loads again."""
    visit = timezone.now() - ONE_VISIT
    if not was_recorded_since(visit, "conversation.read", about=conversation, actor=reader):
        record("conversation.read", by=reader, site=conversation.site, about=conversation, network=network)
