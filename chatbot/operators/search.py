"""Finds conversations by what was said in them, by their visitor, and by their labels.

Texts are compared by words. Chinese, Japanese and Korean put no blanks between words, so there every two
characters that stand side by side count as one. PostgreSQL keeps the words of a message in an indexed column
of its own (migration `conversations.message_terms`); SQLite reads the messages themselves.
"""

import re
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from django.db import connection
from django.db.models import BooleanField, Exists, OuterRef
from django.db.models.expressions import RawSQL

from chatbot.conversations.models import Conversation, ConversationQuerySet, Message, Visitor
from chatbot.operators.models import Label
from chatbot.operators.paging import Listing, Position, Rows, in_order

LONGEST_QUERY = 200
_MOST_WORDS = 8
_MOST_VISITORS = 50
_MOST_LABELS = 50

_CHARACTER = r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]"
_TERM = re.compile(rf"{_CHARACTER}+|(?:(?!{_CHARACTER})\S)+")
_NO_PUNCTUATION = str.maketrans(string.punctuation, " " * len(string.punctuation))
_PUBLIC_ID = re.compile(r"[0-9a-f]{4,32}")

# An aggregate, which PostgreSQL works out for each conversation by itself; an EXISTS it would turn round.
_SAYS = """(
    SELECT bool_or(terms @@ to_tsquery('simple', %s)) FROM conversations_message
    WHERE conversations_message.conversation_id = conversations_conversation.id
)"""
# Materialised, so that the index of words is asked, whatever PostgreSQL thinks of how often they occur.
_WHERE_SAID = """WITH said AS MATERIALIZED (
    SELECT conversation_id FROM conversations_message WHERE terms @@ to_tsquery('simple', %s)
) SELECT conversation_id FROM said"""
# The conversations that are looked through one by one, in growing portions, before the index is asked.
_PORTIONS = ((0, 150), (150, 450), (450, 1050))
_NEARBY = 1050


def listings(conversations: ConversationQuerySet, query: str) -> Iterator[Listing]:
    """Yield the listings whose conversations match `query`: by text, by visitor and by label."""
    query = query.replace("\x00", "").strip()[:LONGEST_QUERY]
    words = terms(query)
    if words:
        yield Said(conversations, words)
    yield from map(Rows, _by_person(conversations, query))
    labels = list(Label.objects.filter(name__icontains=query).values_list("pk", flat=True)[:_MOST_LABELS])
    if labels:
        carries = Label.conversations.through.objects.filter(conversation=OuterRef("pk"), label__in=labels)
        yield Rows(conversations.filter(Exists(carries)))


@dataclass(frozen=True, slots=True)
class Said:
    """The conversations in which a message has all of `words`.

    Of words that are said everywhere, the nearest conversations of the list have enough for a page; for words
    that are rare, an index knows the few places. Each way is slow for the other kind, and PostgreSQL cannot
    tell them apart beforehand, above all not from the beginning of a word.
    """

    conversations: ConversationQuerySet
    words: list[str]

    def first(self, after: Position | None, count: int) -> Iterable[Conversation]:
        rows = in_order(self.conversations, after)
        if connection.vendor != "postgresql":
            return rows.filter(self._said_somewhere())[:count]
        query = as_tsquery(self.words)
        says = RawSQL(_SAYS, [query], output_field=BooleanField())
        keys = list(rows.values_list("pk", flat=True)[:_NEARBY])
        found: list[Conversation] = []
        for begin, end in _PORTIONS:
            found += rows.filter(says, pk__in=keys[begin:end])[: count - len(found)]
            if len(found) == count:
                return found
            if not found:
                # As rare as that: more of the same would only cost.
                break
        else:
            if len(keys) < _NEARBY:
                return found
        return rows.filter(pk__in=RawSQL(_WHERE_SAID, [query]))[:count]

    def _said_somewhere(self) -> Exists:
        said = Message.objects.filter(conversation=OuterRef("pk"))
        for word in self.words:
            said = said.filter(text__icontains=word)
        return Exists(said)


def terms(query: str) -> list[str]:
    """Return the words of a query, each run of Chinese characters as one, at most eight."""
    return _TERM.findall(query.translate(_NO_PUNCTUATION).lower())[:_MOST_WORDS]


def as_tsquery(words: list[str]) -> str:
    """Return `words` in PostgreSQL's notation; the last one may be the beginning of a longer one."""
    parts = []
    for word in words:
        if not re.match(_CHARACTER, word):
            parts.append(f"'{word}':*" if word == words[-1] and len(word) > 1 else f"'{word}'")
        elif len(word) == 1:
            parts.append(f"'{word}':*")
        else:
            parts += [f"'{pair}'" for pair in map("".join, pairwise(word))]
    return " & ".join(parts)


def _by_person(conversations: ConversationQuerySet, query: str) -> Iterator[ConversationQuerySet]:
    """Yield what belongs to a visitor whose id or address, or has an id, that begins with `query`."""
    if _PUBLIC_ID.fullmatch(query):
        visitors = Visitor.objects.filter(public_id__startswith=query)
        keys = list(visitors.values_list("pk", flat=True)[:_MOST_VISITORS])
        if keys:
            yield conversations.filter(visitor__in=keys)
        yield conversations.filter(public_id__startswith=query)
    if len(query) > 2:
        yield conversations.exclude(contact="").filter(contact__startswith=query)
