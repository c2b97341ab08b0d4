"""Whose turn it is: the assistant's, a waiting person's, or an operator's.

One row decides. `Conversation.turn` changes only here, with that row locked, and whoever is about to answer
looks at it under the same lock: `posting.send` before it asks for a reply, the runner before it stores one,
an operator's `reply` before it is said. A change of turn away from the assistant ends its unfinished replies
in the same transaction, so that no message of a visitor is answered twice.

The caller has found the conversation among those that the visitor or operator may answer in.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import User
from chatbot.conversations import assignment, events, hints, presence
from chatbot.conversations.models import Conversation, HandoffSettings, Message, Note
from chatbot.conversations.refusals import NotYourTurn, Refused
from chatbot.conversations.reply_requests import ask_if_unanswered, halt_replies

Turn = Conversation.Turn
Reason = Conversation.Reason

_NOTE_MAX_CHARACTERS = 2000


def locked(conversation: Conversation) -> Conversation:
    """Return the conversation as it is now, with its row locked. Needs a transaction."""
    return Conversation.objects.select_for_update().get(pk=conversation.pk)


@transaction.atomic
def request_person(conversation: Conversation, reason: Reason) -> None:
    """Let the conversation wait for a person, and tell the visitor when one can be expected.

    Does nothing when it waits already or an operator is there. Raises Refused with closed.
    """
    conversation = locked(conversation)
    refuse_when_closed(conversation)
    if conversation.turn != Turn.ASSISTANT:
        return
    halt_replies(conversation)
    rules = HandoffSettings.objects.of(conversation.site_id)
    now = timezone.now()
    assignee = assignment.next_operator(conversation, rules) if rules.assign_automatically else None
    opens_at = rules.opens_at(now)
    data = {
        "turn": Turn.WAITING.value,
        "reason": reason.value,
        "online": opens_at == now and presence.anybody_there(conversation.site_id),
        "opens_at": _later(opens_at, now),
    }
    events.record(
        conversation,
        "handoff.requested",
        data,
        turn=Turn.WAITING,
        waiting_since=now,
        handoff_reason=reason,
        assignee=assignee,
    )


@transaction.atomic
def withdraw_request(conversation: Conversation) -> None:
    """Give a conversation that waits for a person back to the assistant, which answers what is unanswered.

    Does nothing when it is the assistant's turn. Raises NotYourTurn when an operator is there.
    """
    conversation = locked(conversation)
    if conversation.turn == Turn.OPERATOR:
        raise NotYourTurn(_("A person is answering you."))
    if conversation.turn == Turn.WAITING:
        events.record(
            conversation,
            "handoff.withdrawn",
            {"turn": Turn.ASSISTANT.value},
            turn=Turn.ASSISTANT,
            waiting_since=None,
            assignee=None,
            handoff_reason="",
        )
        ask_if_unanswered(conversation)


@transaction.atomic
def take_over(conversation: Conversation, operator: User, *, instead_of: User | None = None) -> None:
    """Let `operator` answer from now on; what the assistant is writing stops where it is.

    Does nothing when it is the operator's turn already. A conversation that a colleague holds is taken from
    them only by naming them as `instead_of`, so that nobody takes what somebody else has just taken.
    Raises NotYourTurn, or Refused with closed.
    """
    conversation = locked(conversation)
    refuse_when_closed(conversation)
    holder = conversation.assignee if conversation.turn == Turn.OPERATOR else None
    if holder == operator:
        return
    if holder is not None and holder != instead_of:
        raise NotYourTurn(_("A colleague has taken this conversation over."))
    halt_replies(conversation)
    if holder is not None:
        _record_leaving(conversation, holder, Turn.OPERATOR)
    events.record(
        conversation,
        "operator.joined",
        {"turn": Turn.OPERATOR.value, "name": presence.public_name(operator)},
        turn=Turn.OPERATOR,
        assignee=operator,
        snoozed_until=None,
        waiting_since=conversation.waiting_since or _waiting_since(conversation),
    )
    record("conversation.taken_over", by=operator, site=conversation.site, about=conversation)


@transaction.atomic
def reply(conversation: Conversation, operator: User, text: str, client_id: str) -> Message:
    """Say `text` to the visitor, once per `client_id`, and return the message.

    Raises NotYourTurn unless the operator has taken over, or Refused: empty, too_long, conflict (same
    client_id, other text), closed.
    """
    conversation = locked(conversation)
    text = checked_text(text, settings.MESSAGE_MAX_CHARACTERS)
    earlier = conversation.messages.filter(client_id=client_id).first()
    if earlier is not None:
        if (earlier.operator_id, earlier.text) != (operator.pk, text):
            raise Refused("conflict", _("Another message was sent with this client_id."))
        return earlier
    refuse_when_closed(conversation)
    _refuse_unless_held_by(conversation, operator)
    message = conversation.messages.create(
        author=Message.Author.OPERATOR,
        operator=operator,
        name=presence.public_name(operator),
        text=text,
        client_id=client_id,
        finished_at=timezone.now(),
    )
    events.record(conversation, "message.created", message.data(), unread=0, waiting_since=None)
    return message


@transaction.atomic
def hand_back(conversation: Conversation, operator: User, note: str = "") -> None:
    """Let the assistant answer again, beginning with what is unanswered.

    It reads `note` with its prompt; the visitor never does. Raises NotYourTurn unless the operator has taken
    over, or Refused: too_long, closed.
    """
    conversation = locked(conversation)
    refuse_when_closed(conversation)
    _refuse_unless_held_by(conversation, operator)
    if note.strip():
        add_note(conversation, operator, note, for_assistant=True)
    _record_leaving(
        conversation,
        operator,
        Turn.ASSISTANT,
        assignee=None,
        waiting_since=None,
        snoozed_until=None,
        handoff_reason="",
    )
    ask_if_unanswered(conversation)
    record("conversation.handed_back", by=operator, site=conversation.site, about=conversation)


@transaction.atomic
def assign(conversation: Conversation, operator: User | None, *, by: User | None = None) -> None:
    """Give the conversation to `operator`, who still takes it over, or to nobody.

    A colleague who was answering leaves, and the visitor waits for the new one. Raises Refused with closed,
    or not_allowed for somebody who may not answer on this site.
    """
    conversation = locked(conversation)
    refuse_when_closed(conversation)
    if operator is not None and not _may_answer(operator, conversation):
        raise Refused("not_allowed", _("This person does not answer on this site."))
    if conversation.assignee == operator:
        return
    if conversation.turn == Turn.OPERATOR and conversation.assignee is not None:
        _record_leaving(conversation, conversation.assignee, Turn.WAITING, waiting_since=timezone.now())
    conversation.assignee = operator
    conversation.save(update_fields=["assignee", "updated_at"])
    hints.announce_change(conversation)
    if by is not None:
        name = operator.get_username() if operator else None
        record("conversation.assigned", by=by, site=conversation.site, about=conversation, operator=name)


@transaction.atomic
def add_note(conversation: Conversation, author: User, text: str, *, for_assistant: bool = False) -> Note:
    """Keep a private remark; the visitor's client hears nothing of it. Raises Refused: empty, too_long."""
    text = checked_text(text, _NOTE_MAX_CHARACTERS)
    note = conversation.notes.create(author=author, text=text, for_assistant=for_assistant)
    hints.announce_change(conversation)
    return note


def cleaned(text: str) -> str:
    """Return the text without what PostgreSQL does not hold and nobody can read."""
    return text.replace("\x00", "").strip()


def checked_text(text: str, limit: int) -> str:
    """Return the text as it is stored; raises Refused: empty, or too_long beyond `limit` characters."""
    text = cleaned(text)
    if not text:
        raise Refused("empty", _("Write something first."))
    if len(text) > limit:
        raise Refused(
            "too_long",
            _("This message has %(count)s characters; %(limit)s are allowed.")
            % {"count": len(text), "limit": limit},
        )
    return text


def refuse_when_closed(conversation: Conversation) -> None:
    """Raise Refused with closed for a conversation that has ended."""
    if conversation.status == Conversation.Status.CLOSED:
        raise Refused("closed", _("This conversation has ended. Please begin a new one."))


def _refuse_unless_held_by(conversation: Conversation, operator: User) -> None:
    if conversation.turn != Turn.OPERATOR or conversation.assignee_id != operator.pk:
        raise NotYourTurn


def _may_answer(person: User, conversation: Conversation) -> bool:
    return Conversation.objects.answerable_by(person).filter(pk=conversation.pk).exists()


def _record_leaving(conversation: Conversation, operator: User, turn: Turn, **changes: Any) -> None:
    """Tell the visitor that the operator leaves, and whose turn it is then."""
    data = {"turn": turn.value, "name": presence.public_name(operator)}
    events.record(conversation, "operator.left", data, turn=turn, **changes)


def _waiting_since(conversation: Conversation) -> datetime | None:
    """Return when the visitor's last message was sent if nobody has answered it."""
    last = conversation.messages.spoken().exclude(text="").last()
    unanswered = last is not None and last.author == Message.Author.VISITOR
    return last.created_at if last is not None and unanswered else None


def _later(moment: datetime | None, now: datetime) -> str | None:
    return moment.isoformat() if moment is not None and moment > now else None
