"""Questions as visitors ask them of the assistant, for tests that only count them."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts.models import Site
from chatbot.conversations.models import Conversation, Message, ReplyTrace, Visitor


def asked(
    site: Site,
    text: str,
    *,
    kind: str = "checked",
    when: datetime | None = None,
    conversation: Conversation | None = None,
    **trace: Any,
) -> Message:
    """Return a question that the assistant has answered, in a conversation of its own unless one is given."""
    if conversation is None:
        visitor, _secret = Visitor.objects.register(site)
        conversation = Conversation.objects.create(site=site, visitor=visitor, message_total=2)
    when = when or timezone.now()
    question = Message.objects.create(conversation=conversation, author="visitor", text=text)
    answer = Message.objects.create(
        conversation=conversation, author="assistant", text="Answer.", answers=question, finished_at=when
    )
    Message.objects.filter(pk__in=[question.pk, answer.pk]).update(created_at=when)
    ReplyTrace.objects.create(message=answer, kind=kind, **trace)
    question.refresh_from_db()
    return question
