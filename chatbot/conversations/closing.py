"""How conversations end, rest, begin again and become one."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import User
from chatbot.conversations import events, hints
from chatbot.conversations.handover import locked, refuse_when_closed
from chatbot.conversations.models import Conversation
from chatbot.conversations.refusals import Refused
from chatbot.conversations.reply_requests import halt_replies

COMMENT_MAX_CHARACTERS = 2000


@transaction.atomic
def close(conversation: Conversation, *, by: str, operator: User | None = None) -> bool:
    """End the conversation for a "visitor" or an "operator"; return False when it had ended already.

    The operator's name stands in the audit record only.
    """
    conversation = locked(conversation)
    if conversation.status == Conversation.Status.CLOSED:
        return False
    halt_replies(conversation)
    events.record(
        conversation,
        "conversation.closed",
        {"by": by, "turn": Conversation.Turn.ASSISTANT.value},
        status=Conversation.Status.CLOSED,
        closed_at=timezone.now(),
        turn=Conversation.Turn.ASSISTANT,
        waiting_since=None,
        snoozed_until=None,
    )
    if operator is not None:
        record("conversation.closed", by=operator, site=conversation.site, about=conversation)
    return True


@transaction.atomic
def reopen(conversation: Conversation, *, by: str, operator: User | None = None) -> None:
    """Let a closed conversation go on, with the assistant; raises Refused when it was merged."""
    conversation = locked(conversation)
    if conversation.status == Conversation.Status.OPEN:
        return
    if conversation.merged_into_id is not None:
        raise Refused("not_allowed", _("This conversation goes on in another one."))
    events.record(
        conversation,
        "conversation.reopened",
        {"by": by},
        status=Conversation.Status.OPEN,
        closed_at=None,
        assignee=None,
        handoff_reason="",
    )
    if operator is not None:
        record("conversation.reopened", by=operator, site=conversation.site, about=conversation)


@transaction.atomic
def snooze(conversation: Conversation, until: datetime | None) -> None:
    """Let the conversation rest until a moment, or wake it for None; a message of the visitor wakes it too.

    Raises Refused: closed, or invalid for a moment that has passed.
    """
    conversation = locked(conversation)
    refuse_when_closed(conversation)
    if until is not None and until <= timezone.now():
        raise Refused("invalid", _("Choose a time that is yet to come."))
    conversation.snoozed_until = until
    conversation.save(update_fields=["snoozed_until"])
    hints.announce_to_inbox(conversation)


@transaction.atomic
def merge(conversation: Conversation, into: Conversation, *, operator: User | None = None) -> None:
    """Close the conversation in favour of another one of the same visitor; its messages stay where they are.

    Raises Refused: not_allowed for another visitor's, for itself, or for one that was merged or is closed.
    """
    # In the order of their keys, so that two merges never wait for each other.
    rows = {row.pk: row for row in _locked_pair(conversation, into)}
    conversation, into = rows[conversation.pk], rows[into.pk]
    if conversation == into or conversation.visitor_id != into.visitor_id:
        raise Refused("not_allowed", _("Only conversations of one visitor become one."))
    if conversation.merged_into_id is not None or into.status == Conversation.Status.CLOSED:
        raise Refused("not_allowed", _("Merge an open conversation into another open one."))
    into.unread += conversation.unread
    into.save(update_fields=["unread"])
    events.record(conversation, "conversation.merged", {"into": into.public_id}, merged_into=into, unread=0)
    close(conversation, by="operator")
    hints.announce_to_inbox(into)
    if operator is not None:
        record("conversation.merged", by=operator, site=into.site, about=conversation, into=into.public_id)


def _locked_pair(*conversations: Conversation) -> list[Conversation]:
    keys = [conversation.pk for conversation in conversations]
    return list(Conversation.objects.select_for_update().filter(pk__in=keys).order_by("pk"))


@transaction.atomic
def rate(conversation: Conversation, score: int, comment: str = "") -> None:
    """Keep the visitor's rating of a closed conversation, from 1 to 5; a later one replaces it.

    Raises Refused: not_allowed while it is open, invalid, or too_long.
    """
    conversation = locked(conversation)
    if conversation.status != Conversation.Status.CLOSED:
        raise Refused("not_allowed", _("A conversation is rated when it has ended."))
    if not 1 <= score <= 5:
        raise Refused("invalid", _("A rating is from 1 to 5."))
    comment = comment.replace("\x00", "").strip()
    if len(comment) > COMMENT_MAX_CHARACTERS:
        raise Refused("too_long", _("This comment is too long."))
    if (conversation.rating, conversation.rating_comment) != (score, comment):
        events.record(
            conversation, "conversation.rated", {"score": score}, rating=score, rating_comment=comment
        )
