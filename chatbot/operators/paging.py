"""Pages of conversations by position instead of by number: the thousandth costs what the first does."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, Self

from django.db.models import Q

from chatbot.conversations.models import Conversation, ConversationQuerySet
from chatbot.operators import cursors
from chatbot.operators.cursors import BadCursor


@dataclass(frozen=True, slots=True)
class Position:
    """A conversation's place in a list whose newest comes first."""

    updated_at: datetime
    pk: int

    @classmethod
    def of(cls, conversation: Conversation) -> Self:
        return cls(conversation.updated_at, conversation.pk)

    @classmethod
    def read(cls, cursor: str) -> Self:
        """Return the position in `cursor`; raises BadCursor."""
        at, pk = cursors.read(cursor)
        if not isinstance(pk, int) or not 0 <= pk < 2**63:
            raise BadCursor(cursor)
        return cls(at, pk)

    def cursor(self) -> str:
        """Return the position as text for a URL; it opens nothing, since a list finds one's sites only."""
        return cursors.written(self.updated_at, self.pk)

    def precedes(self) -> Q:
        """Return the condition of what comes after this position in the list."""
        return cursors.beyond("updated_at", self.updated_at, "pk", self.pk)


@dataclass(frozen=True, slots=True)
class Page:
    """Some conversations of a list, and the cursor of the next page, empty at the end."""

    conversations: Sequence[Conversation]
    next_cursor: str


class Listing(Protocol):
    """Conversations that can be read from any position, newest first."""

    def first(self, after: Position | None, count: int) -> Iterable[Conversation]:
        """Return the first `count` of them that come after `after`."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The listing of a queryset whose order an index has."""

    conversations: ConversationQuerySet

    def first(self, after: Position | None, count: int) -> Iterable[Conversation]:
        return in_order(self.conversations, after)[:count]


def in_order(conversations: ConversationQuerySet, after: Position | None) -> ConversationQuerySet:
    """Return what comes after `after`, newest first."""
    if after is not None:
        conversations = conversations.filter(after.precedes())
    return conversations.order_by("-updated_at", "-pk")


def page(listings: Iterable[Listing], after: Position | None, size: int) -> Page:
    """Return up to `size` conversations, newest first, that are on any listing and come after `after`.

    Each listing is read by its own index, and only as far as a page goes, where one query with OR would read
    everything.
    """
    found: dict[int, Conversation] = {}
    for listing in listings:
        found.update({row.pk: row for row in listing.first(after, size + 1)})
    rows = sorted(found.values(), key=lambda row: (row.updated_at, row.pk), reverse=True)
    more = len(rows) > size
    return Page(rows[:size], Position.of(rows[size - 1]).cursor() if more else "")
