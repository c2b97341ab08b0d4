"""A conversation as the staff reads it: what was said, what happened, and private notes, in order of time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from chatbot.conversations.models import Conversation, ConversationEvent, Message, MessageQuerySet, Note

NEWEST = 200

_SAYINGS = {
    "handoff.requested": lambda data: _requested(data),
    "handoff.withdrawn": lambda data: _("The visitor goes on with the assistant."),
    "operator.joined": lambda data: _("%(name)s took over.") % {"name": data.get("name") or _("An operator")},
    "operator.left": lambda data: _("%(name)s left.") % {"name": data.get("name") or _("An operator")},
    "conversation.closed": lambda data: _closed(data),
    "conversation.reopened": lambda data: _("The conversation was opened again."),
    "conversation.merged": lambda data: _("This conversation was merged into another one."),
    "conversation.rated": lambda data: (
        _("The visitor gave %(score)s of 5.") % {"score": data.get("score", "–")}
    ),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of the timeline; `key` is unique in it, and the same when the item changes."""

    kind: str
    key: str
    at: datetime
    message: Message | None = None
    note: Note | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Timeline:
    """Entries up to the event `seq` and the note `last_note`, from where `since` goes on."""

    entries: list[Entry]
    seq: int
    last_note: int
    more: bool = False


def whole(conversation: Conversation, newest: int | None = NEWEST) -> Timeline:
    """Return the timeline with up to `newest` messages, all of them for None."""
    # Read first: what is stored meanwhile comes once more, with the next part.
    seq = Conversation.objects.values_list("last_seq", flat=True).get(pk=conversation.pk)
    messages = conversation.messages.with_trace()
    total = messages.count()
    if newest is not None and total > newest:
        messages = messages[total - newest :]
    shown = list(messages)
    happened = conversation.events.filter(kind__in=_SAYINGS)
    if shown and newest is not None and total > newest:
        happened = happened.filter(created_at__gte=shown[0].created_at)
    notes = list(conversation.notes.select_related("author"))
    last_note = notes[-1].pk if notes else 0
    return Timeline(_in_order(shown, happened, notes), seq, last_note, more=len(shown) < total)


def since(conversation: Conversation, seq: int, last_note: int) -> Timeline:
    """Return what is new or has changed after the event `seq` and the note `last_note`."""
    events = list(conversation.events.filter(seq__gt=seq).order_by("seq"))
    ids = {event.payload.get("id") for event in events if event.kind.startswith("message.")}
    messages = conversation.messages.with_trace().filter(public_id__in=ids)
    notes = list(conversation.notes.select_related("author").filter(pk__gt=last_note))
    happened = [event for event in events if event.kind in _SAYINGS]
    entries = _in_order(messages, happened, notes)
    return Timeline(entries, events[-1].seq if events else seq, notes[-1].pk if notes else last_note)


def felt_since(conversation: Conversation, moment: datetime) -> MessageQuerySet:
    """Return the messages whose sentiment is new or was corrected at `moment` or later, in order.

    A score is no event that visitors could see, so that `since` does not know of it.
    """
    felt = conversation.messages.filter(sentiment__updated_at__gte=moment)
    return felt.select_related("sentiment__corrected_by")


def _in_order(
    messages: Iterable[Message], events: Iterable[ConversationEvent], notes: Iterable[Note]
) -> list[Entry]:
    entries = [
        Entry("message", f"message-{message.public_id}", message.created_at, message=message)
        for message in messages
    ]
    entries += [
        Entry("event", f"event-{event.seq}", event.created_at, words=_SAYINGS[event.kind](event.payload))
        for event in events
    ]
    entries += [Entry("note", f"note-{note.pk}", note.created_at, note=note) for note in notes]
    return sorted(entries, key=lambda entry: entry.at)


def _requested(data: dict[str, Any]) -> str:
    reason = data.get("reason", "")
    known = reason in Conversation.Reason.values
    label = Conversation.Reason(reason).label if known else _("no reason given")
    opens_at = parse_datetime(data.get("opens_at") or "")
    words = _("A person is wanted: %(reason)s.") % {"reason": label}
    if opens_at is None:
        return words
    moment = date_format(localtime(opens_at), "SHORT_DATETIME_FORMAT")
    return words + " " + _("The office opens at %(moment)s.") % {"moment": moment}


def _closed(data: dict[str, Any]) -> str:
    if data.get("by") == "visitor":
        return _("The visitor ended the conversation.")
    return _("The conversation was closed.")
