"""Conversations of which every moment is told."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from accounts.models import Site
from chatbot.analytics import reading
from chatbot.analytics.periods import Period
from chatbot.analytics.refreshing import recount
from chatbot.analytics.totals import Totals
from chatbot.conversations.models import Conversation, Message, ReplyTrace, Visitor

ALWAYS = Period(datetime(2020, 1, 1).date(), datetime(2030, 1, 1).date())

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ANSWERED = (("visitor", 0), ("assistant", 1))

# Who says something, how many minutes after the beginning.
Line = tuple[str, float]


def talk_at(
    site: Site, begin: datetime, lines: Sequence[Line], *, visitor: Visitor | None = None, **fields: object
) -> Conversation:
    """Store a conversation that began then; "visitor", "assistant" and "operator" say its lines.

    An assistant's line is written as `assistant:KIND` for an answer of that kind.
    """
    visitor = visitor or Visitor.objects.register(site)[0]
    conversation = Conversation.objects.create(site=site, visitor=visitor)
    for who, minutes in lines:
        say_at(conversation, who, begin + timedelta(minutes=minutes))
    Conversation.objects.filter(pk=conversation.pk).update(**fields)
    conversation.refresh_from_db()
    return conversation


def say_at(conversation: Conversation, who: str, moment: datetime, **fields: object) -> Message:
    """Let somebody say something at that moment."""
    author, _colon, kind = who.partition(":")
    message = Message.objects.create(conversation=conversation, author=author, text="Text")
    Message.objects.filter(pk=message.pk).update(created_at=moment, finished_at=moment, **fields)
    if author == "assistant":
        ReplyTrace.objects.create(message=message, kind=kind or "checked")
    Conversation.objects.filter(pk=conversation.pk).update(updated_at=moment)
    message.refresh_from_db()
    return message


def happened_at(conversation: Conversation, kind: str, moment: datetime, turn: str = "") -> None:
    """Store an event of that moment."""
    event = conversation.events.create(seq=conversation.events.count() + 1, kind=kind, payload={"turn": turn})
    conversation.events.filter(pk=event.pk).update(created_at=moment)


def counted(site: Site, period: Period = ALWAYS, dimension: str = "all", value: str = "") -> Totals:
    """Count everything, and return the sums."""
    recount(site)
    return reading.totals(site, period, dimension, value)
