"""What a visitor does to a conversation: send, stop, regenerate, rate an answer, end.

Each change is one transaction; functions take the visitor and the public ids, and find only the visitor's
own rows. Refusals are `Refused` with a code of docs/protocol.md.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils.translation import gettext as _

from chatbot.conversations import admission, closing, events, handoff_rules, handover, recounting
from chatbot.conversations.handover import checked_text, cleaned, refuse_when_closed
from chatbot.conversations.models import Conversation, Message, Visitor
from chatbot.conversations.refusals import Refused
from chatbot.conversations.reply_requests import ask_for_reply, request_stop


def refuse_in_a_crowd(conversation_id: str) -> None:
    """Raise Refused with busy if a moment ago there was no room for this conversation; needs no database."""
    _refuse_for(admission.seconds_as_last_seen(conversation_id))


def send(visitor: Visitor, conversation_id: str, client_id: str, text: str) -> Message:
    """Store the visitor's message once per `client_id`, and ask for a reply when it is the assistant's turn.

    A message that asks for a person lets the conversation wait for one instead. Sending the same text with
    the same `client_id` again returns the message that is there. Raises Refused: empty, too_long, conflict
    (same client_id, other text), closed, blocked, or busy.
    """
    sent = Message.objects.filter(conversation=OuterRef("pk"), client_id=client_id)
    asking = Conversation.objects.filter(public_id=conversation_id, turn=Conversation.Turn.ASSISTANT)
    if asking.exclude(Exists(sent)).exists():
        # Before the lock, for which a refusal need not wait, and below once more, where the answer holds.
        _refuse_when_busy(conversation_id)
    return _store(visitor, conversation_id, client_id, text)


@transaction.atomic
def _store(visitor: Visitor, conversation_id: str, client_id: str, text: str) -> Message:
    conversation = own_locked(visitor, conversation_id)
    earlier = conversation.messages.filter(client_id=client_id).first()
    if earlier is not None:
        if earlier.author != Message.Author.VISITOR or earlier.text != cleaned(text):
            raise Refused("conflict", _("Another message was sent with this client_id."))
        return earlier
    text = checked_text(text, settings.MESSAGE_MAX_CHARACTERS)
    refuse_when_closed(conversation)
    if conversation.assistant_answers:
        _refuse_when_busy(conversation_id)
    message = conversation.messages.create(author=Message.Author.VISITOR, text=text, client_id=client_id)
    changes: dict[str, Any] = {"unread": F("unread") + 1, "snoozed_until": None}
    if not conversation.assistant_answers and conversation.waiting_since is None:
        changes["waiting_since"] = message.created_at
    events.record(conversation, "message.created", message.data(), **changes)
    if conversation.assistant_answers:
        _answer(conversation, message)
    return message


def _answer(conversation: Conversation, question: Message) -> None:
    """Ask the assistant for a reply, or for a person if the question wants one."""
    reason = handoff_rules.reason_in_message(conversation, question.text)
    if reason is None:
        ask_for_reply(conversation, question)
    else:
        handover.request_person(conversation, reason)


@transaction.atomic
def stop(visitor: Visitor, conversation_id: str, message_id: str | None) -> None:
    """Ask for the reply, or for every unfinished reply when `message_id` is None, to stop.

    A reply that is finished already stays as it is.
    """
    request_stop(own_locked(visitor, conversation_id), message_id)


@transaction.atomic
def regenerate(visitor: Visitor, conversation_id: str, message_id: str) -> Message:
    """Ask for another reply in the place of the newest one, and return it.

    Asking twice returns the reply that is being written. Raises Refused: not_found, not_allowed (not the
    newest reply, not finished, or not the assistant's turn), closed, or busy.
    """
    conversation = own_locked(visitor, conversation_id)
    replies = conversation.messages.filter(author=Message.Author.ASSISTANT)
    old = replies.filter(public_id=message_id).select_related("answers").first()
    if old is None or old.answers is None:
        raise Refused("not_found", _("There is no such answer."))
    replacement = replies.filter(replaces=old).first()
    if replacement is not None:
        return replacement
    # What an operator said since is an answer, too.
    newest = conversation.messages.exclude(author=Message.Author.VISITOR).order_by("id").last()
    if old != newest or old.status in Message.UNFINISHED:
        raise Refused("not_allowed", _("Only the newest, finished answer can be written again."))
    refuse_when_closed(conversation)
    if not conversation.assistant_answers:
        raise Refused("not_allowed", _("A person answers in this conversation now."))
    _refuse_when_busy(conversation_id)
    return ask_for_reply(conversation, old.answers, replaces=old)


@transaction.atomic
def rate(visitor: Visitor, conversation_id: str, message_id: str, value: str | None) -> None:
    """Record the visitor's thumb, "up", "down" or None for none, on an answer.

    Raises Refused: not_found or invalid.
    """
    conversation = own_locked(visitor, conversation_id)
    if value is not None and value not in Message.Feedback.values:
        raise Refused("invalid", _("Feedback is “up”, “down” or null."))
    message = conversation.messages.filter(author=Message.Author.ASSISTANT, public_id=message_id).first()
    if message is None:
        raise Refused("not_found", _("There is no such answer."))
    if message.feedback != (value or ""):
        message.feedback = value or ""
        message.save(update_fields=["feedback"])
        events.record(conversation, "message.feedback", {"id": message.public_id, "feedback": value})
        if value == Message.Feedback.DOWN:
            handoff_rules.judge_answers(conversation)


@transaction.atomic
def end(visitor: Visitor, conversation_id: str) -> None:
    """Close the conversation and stop its replies; ending it twice changes nothing."""
    closing.close(own_locked(visitor, conversation_id), by="visitor")


def open_conversation(visitor: Visitor, conversation_id: str | None, language: str = "") -> str:
    """Return the id of the visitor's own conversation, or of an empty one for None.

    Two tabs that open at once get the same empty one. `language` is the one that the visitor reads. Raises
    Refused: blocked, or not_found for an unknown id and for somebody else's alike.
    """
    refuse_when_blocked(visitor)
    try:
        if conversation_id is None:
            with transaction.atomic():
                Visitor.objects.select_for_update().values_list("pk").get(pk=visitor.pk)
                conversation = Conversation.objects.open_for(visitor, None)
        else:
            conversation = Conversation.objects.open_for(visitor, conversation_id)
    except Conversation.DoesNotExist:
        raise Refused("not_found", _("There is no such conversation.")) from None
    if language and conversation.language != language:
        own = Conversation.objects.filter(pk=conversation.pk)
        with transaction.atomic():
            own.update(language=language)
            if conversation.last_seq:
                recounting.mark(own)
    return conversation.public_id


# What a snapshot needs of a conversation's row; thousands of clients may come back at once.
_IN_SNAPSHOT = ("public_id", "last_seq", "turn")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a client lacks that knows the events up to the number `after`."""

    after: int
    last_seq: int
    # The client claimed to know more than there is: it gets everything.
    reset: bool
    assistant_answers: bool
    # Up to `events.PAGE` of them, in order; they may be newer than the rest.
    frames: list[dict[str, Any]]
    # The saved texts of unfinished replies by the replies' ids.
    unfinished: dict[str, str]


def visitors_snapshot(conversation_id: str, after: int) -> Snapshot:
    """Return the snapshot to the conversation's visitor; raises Refused with blocked."""
    conversations = Conversation.objects.select_related("visitor").only(*_IN_SNAPSHOT, "visitor__blocked_at")
    conversation = conversations.get(public_id=conversation_id)
    refuse_when_blocked(conversation.visitor)
    return _snapshot_of(conversation, after)


def snapshot(conversation_id: str, after: int) -> Snapshot:
    """Return what a client, of whoever may read it, lacks that knows the events up to `after`."""
    return _snapshot_of(Conversation.objects.only(*_IN_SNAPSHOT).get(public_id=conversation_id), after)


def _snapshot_of(conversation: Conversation, after: int) -> Snapshot:
    unfinished = Message.objects.filter(conversation=conversation).unfinished().order_by("pk")
    reset = after > conversation.last_seq
    after = 0 if reset else after
    return Snapshot(
        after,
        conversation.last_seq,
        reset,
        conversation.assistant_answers,
        events.frames_after(conversation.public_id, after) if after < conversation.last_seq else [],
        dict(unfinished.values_list("public_id", "text")),
    )


def own_locked(visitor: Visitor, conversation_id: str) -> Conversation:
    """Return the visitor's conversation with its row locked; raises Refused: not_found, blocked."""
    own: Any = Conversation.objects.select_for_update(of=("self",)).select_related("visitor")
    try:
        conversation: Conversation = own.get(public_id=conversation_id, visitor=visitor)
    except Conversation.DoesNotExist:
        raise Refused("not_found", _("There is no such conversation.")) from None
    refuse_when_blocked(conversation.visitor)
    return conversation


def refuse_when_blocked(visitor: Visitor) -> None:
    """Raise Refused with blocked for somebody whom the staff has shut out."""
    if visitor.blocked_at is not None:
        raise Refused("blocked", _("This chat is closed to you."))


def _refuse_when_busy(conversation_id: str) -> None:
    _refuse_for(admission.seconds_until_room(conversation_id))


def _refuse_for(seconds: int | None) -> None:
    if seconds is not None:
        raise Refused(
            "busy", _("Many people are asking just now. Please try again soon."), retry_after=seconds
        )
