"""What a visitor does to a conversation: send, stop, regenerate, rate, end.

Each change is one transaction; functions take the visitor and the public ids, and find only the visitor's
own rows. Refusals are `Refused` with a code of docs/protocol.md.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from chatbot.conversations import admission, events, hints
from chatbot.conversations.models import Conversation, Message, Visitor


class Refused(Exception):
    """The visitor may not do this now; `code` is for programs and `detail` for people."""

    def __init__(self, code: str, detail: str, *, retry_after: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.retry_after = retry_after


def refuse_in_a_crowd(conversation_id: str) -> None:
    """Raise Refused with busy if a moment ago there was no room for this conversation; needs no database."""
    _refuse_for(admission.seconds_as_last_seen(conversation_id))


def send(visitor: Visitor, conversation_id: str, client_id: str, text: str) -> Message:
    """Store the visitor's message once per `client_id` and ask for a reply to it.

    Sending the same text with the same `client_id` again returns the message that is there.
    Raises Refused: empty, too_long, conflict (same client_id, other text), closed, or busy.
    """
    known = Message.objects.filter(conversation__public_id=conversation_id, client_id=client_id)
    if not known.exists():
        # Before the lock, for which a refusal need not wait, and below once more, where the answer holds.
        _refuse_when_busy(conversation_id)
    return _store(visitor, conversation_id, client_id, text)


@transaction.atomic
def _store(visitor: Visitor, conversation_id: str, client_id: str, text: str) -> Message:
    conversation = _locked(visitor, conversation_id)
    # PostgreSQL holds no NUL characters, and nobody can read them.
    text = text.replace("\x00", "").strip()
    earlier = conversation.messages.filter(client_id=client_id).first()
    if earlier is not None:
        if earlier.text != text:
            raise Refused("conflict", _("Another message was sent with this client_id."))
        return earlier
    if not text:
        raise Refused("empty", _("Write something first."))
    if len(text) > settings.MESSAGE_MAX_CHARACTERS:
        raise Refused(
            "too_long",
            _("This message has %(count)s characters; %(limit)s are allowed.")
            % {"count": len(text), "limit": settings.MESSAGE_MAX_CHARACTERS},
        )
    _refuse_when_closed(conversation)
    _refuse_when_busy(conversation_id)
    message = conversation.messages.create(author=Message.Author.VISITOR, text=text, client_id=client_id)
    events.record(conversation, "message.created", message.data())
    _ask_for_reply(conversation, message)
    return message


@transaction.atomic
def stop(visitor: Visitor, conversation_id: str, message_id: str | None) -> None:
    """Ask for the reply, or for every unfinished reply when `message_id` is None, to stop.

    A reply that is finished already stays as it is.
    """
    conversation = _locked(visitor, conversation_id)
    unfinished = conversation.messages.unfinished()
    if message_id is not None:
        unfinished = unfinished.filter(public_id=message_id)
    for message in unfinished:
        message.stop_requested = True
        message.save(update_fields=["stop_requested"])
        hints.announce_stop(conversation.public_id, message.public_id)


@transaction.atomic
def regenerate(visitor: Visitor, conversation_id: str, message_id: str) -> Message:
    """Ask for another reply in the place of the newest one, and return it.

    Asking twice returns the reply that is being written. Raises Refused: not_found, not_allowed (not the
    newest reply, or not finished), closed, or busy.
    """
    conversation = _locked(visitor, conversation_id)
    replies = conversation.messages.filter(author=Message.Author.ASSISTANT)
    old = replies.filter(public_id=message_id).select_related("answers").first()
    if old is None or old.answers is None:
        raise Refused("not_found", _("There is no such answer."))
    replacement = replies.filter(replaces=old).first()
    if replacement is not None:
        return replacement
    newest = replies.order_by("id").last()
    if old != newest or old.status in Message.UNFINISHED:
        raise Refused("not_allowed", _("Only the newest, finished answer can be written again."))
    _refuse_when_closed(conversation)
    _refuse_when_busy(conversation_id)
    return _ask_for_reply(conversation, old.answers, replaces=old)


@transaction.atomic
def rate(visitor: Visitor, conversation_id: str, message_id: str, value: str | None) -> None:
    """Record the visitor's thumb, "up", "down" or None for none, on an answer.

    Raises Refused: not_found or invalid.
    """
    conversation = _locked(visitor, conversation_id)
    if value is not None and value not in Message.Feedback.values:
        raise Refused("invalid", _("Feedback is “up”, “down” or null."))
    message = conversation.messages.filter(author=Message.Author.ASSISTANT, public_id=message_id).first()
    if message is None:
        raise Refused("not_found", _("There is no such answer."))
    if message.feedback != (value or ""):
        message.feedback = value or ""
        message.save(update_fields=["feedback"])
        events.record(conversation, "message.feedback", {"id": message.public_id, "feedback": value})


@transaction.atomic
def end(visitor: Visitor, conversation_id: str) -> None:
    """Close the conversation and stop its replies; ending it twice changes nothing."""
    conversation = _locked(visitor, conversation_id)
    if conversation.status == Conversation.Status.CLOSED:
        return
    stop(visitor, conversation_id, None)
    conversation.status = Conversation.Status.CLOSED
    conversation.save(update_fields=["status"])
    events.record(conversation, "conversation.closed", {"by": "visitor"})


def open_conversation(visitor: Visitor, conversation_id: str | None) -> str:
    """Return the id of the visitor's own conversation, or of an empty one for None.

    Two tabs that open at once get the same empty one. Raises Refused with not_found for an unknown id and
    for somebody else's alike.
    """
    if conversation_id is None:
        with transaction.atomic():
            Visitor.objects.select_for_update().get(pk=visitor.pk)
            return Conversation.objects.open_for(visitor, None).public_id
    try:
        return Conversation.objects.open_for(visitor, conversation_id).public_id
    except Conversation.DoesNotExist:
        raise Refused("not_found", _("There is no such conversation.")) from None


@dataclass
class Snapshot:
    """What a client lacks that knows the events up to the number `after`."""

    after: int
    last_seq: int
    # The client claimed to know more than there is: it gets everything.
    reset: bool
    # Up to `events.PAGE` of them, in order; they may be newer than the rest.
    frames: list[dict[str, Any]]
    # The saved texts of unfinished replies by the replies' ids.
    unfinished: dict[str, str]


def snapshot(conversation_id: str, after: int) -> Snapshot:
    """Return what a client lacks of a conversation of which it knows the events up to `after`."""
    conversation = Conversation.objects.get(public_id=conversation_id)
    unfinished = conversation.messages.unfinished().order_by("pk").values_list("public_id", "text")
    reset = after > conversation.last_seq
    after = 0 if reset else after
    frames = events.frames_after(conversation_id, after)
    return Snapshot(after, conversation.last_seq, reset, frames, dict(unfinished))


def _locked(visitor: Visitor, conversation_id: str) -> Conversation:
    """Return the visitor's conversation with its row locked; raises Refused with not_found."""
    own: Any = Conversation.objects.select_for_update().filter(visitor=visitor)
    try:
        return own.get(public_id=conversation_id)
    except Conversation.DoesNotExist:
        raise Refused("not_found", _("There is no such conversation.")) from None


def _ask_for_reply(conversation: Conversation, question: Message, replaces: Message | None = None) -> Message:
    reply = conversation.messages.create(
        author=Message.Author.ASSISTANT, status=Message.Status.PENDING, answers=question, replaces=replaces
    )
    events.record(conversation, "message.created", reply.data())
    hints.announce_work()
    return reply


def _refuse_when_closed(conversation: Conversation) -> None:
    if conversation.status == Conversation.Status.CLOSED:
        raise Refused("closed", _("This conversation has ended. Please begin a new one."))


def _refuse_when_busy(conversation_id: str) -> None:
    _refuse_for(admission.seconds_until_room(conversation_id))


def _refuse_for(seconds: int | None) -> None:
    if seconds is not None:
        raise Refused(
            "busy", _("Many people are asking just now. Please try again soon."), retry_after=seconds
        )
