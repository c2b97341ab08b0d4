"""Which program read which conversation."""

from django.utils import timezone

from accounts.audit import record
from accounts.models import ApiKey, AuditEntry
from chatbot.conversations.models import Conversation
from chatbot.conversations.reading import ONE_VISIT


def record_reading_by(key: ApiKey, conversation: Conversation) -> None:
    """Record that a program with `key` is given what was said: once an hour, as it is for people."""
    recently = AuditEntry.objects.filter(
        about_type=conversation._meta.label_lower,
        about_id=conversation.public_id,
        kind="api.conversation_read",
        when__gte=timezone.now() - ONE_VISIT,
        data__key=str(key),
    )
    if not recently.exists():
        record("api.conversation_read", by=None, site=key.site, about=conversation, key=str(key))
