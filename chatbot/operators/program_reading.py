"""Which program read which conversation."""

from django.utils import timezone

from accounts.audit import record, was_recorded_since
from accounts.models import ApiKey
from chatbot.conversations.models import Conversation
from chatbot.conversations.reading import ONE_VISIT


def record_reading_by(key: ApiKey, conversation: Conversation) -> None:
    """Record that a program with `key` is given what was said: once an hour, as it is for people."""
    visit = timezone.now() - ONE_VISIT
    if not was_recorded_since(visit, "api.conversation_read", about=conversation, data__key=str(key)):
        record("api.conversation_read", by=None, site=key.site, about=conversation, key=str(key))
