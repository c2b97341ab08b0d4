"""What the staff reads and has seen, and who answers, as the operator's socket asks for it."""

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from accounts.models import User
from chatbot.conversations import hints, presence
from chatbot.conversations.models import Conversation
from chatbot.conversations.reading import record_reading
from chatbot.conversations.refusals import Refused
from chatbot.operators.inbox import answerable, readable


def open_conversation(person: User | None, conversation_id: str, network: str) -> None:
    """Record that `person` is shown the conversation from now on, as its page does.

    Raises Refused with not_found for one that the person may not read.
    """
    found = readable(person).filter(public_id=conversation_id).first() if person else None
    if person is None or found is None:
        raise _not_found()
    record_reading(found, person, network)


def refuse_unread(person: User | None, conversation_id: str) -> None:
    """Raise Refused with not_found for a conversation that `person` may not read."""
    if person is None or not readable(person).filter(public_id=conversation_id).exists():
        raise _not_found()


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


def _not_found() -> Refused:
    return Refused("not_found", _("There is no such conversation."))
