"""What the staff has seen, and who answers, as the operator's socket asks for it."""

from django.db import transaction
from django.db.models import F, Q

from accounts.models import User
from chatbot.conversations import hints, presence
from chatbot.conversations.models import Conversation
from chatbot.operators.inbox import answerable


@transaction.atomic
def mark_seen(person: User, conversation_id: str, seq: int) -> None:
    """Note that somebody who may answer has read the conversation up to `seq`.

    A look of those who may only read leaves the row unread for those who answer.
    """
    mine = answerable(person).filter(public_id=conversation_id)
    news = mine.filter(Q(staff_seen_seq__lt=seq) | Q(unread__gt=0), last_seq__lte=seq)
    if news.update(staff_seen_seq=F("last_seq"), unread=0):
        hints.announce_to_inbox(Conversation.objects.get(public_id=conversation_id))


def name_while_answering(person: User, conversation_id: str) -> str | None:
    """Return the name under which the visitor knows `person` while it is their turn, else None."""
    held = Conversation.objects.filter(
        public_id=conversation_id, turn=Conversation.Turn.OPERATOR, assignee=person
    )
    return presence.public_name(person) if answerable(person).filter(pk__in=held).exists() else None
