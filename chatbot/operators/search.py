"""Finds conversations by what was said in them, by their visitor, and by their labels.

Texts are compared by words. Chinese, Japanese and Korean put no blanks between words, so there each character
counts as one and a run of them has to stand together. PostgreSQL keeps the words of a message in an indexed
column of its own (migration `conversations.inbox`); SQLite reads the messages, newest conversation first.
"""

import re
import string
from collections.abc import Iterator

from django.db import connection
from django.db.models import BooleanField, Exists, OuterRef, Q
from django.db.models.expressions import RawSQL

from chatbot.conversations.models import ConversationQuerySet, Message, Visitor
from chatbot.operators.models import Label

LONGEST_QUERY = 200
_MOST_WORDS = 8
_MOST_VISITORS = 50

_CHARACTER = r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]"
_TERM = re.compile(rf"{_CHARACTER}+|(?:(?!{_CHARACTER})\S)+")
_NO_PUNCTUATION = str.maketrans(string.punctuation, " " * len(string.punctuation))
_PUBLIC_ID = re.compile(r"[0-9a-f]{4,32}")

_SAYS = """EXISTS (
    SELECT 1 FROM conversations_message
    WHERE conversations_message.conversation_id = conversations_conversation.id
    AND conversations_message.terms @@ to_tsquery('simple', %s)
)"""


def matching(conversations: ConversationQuerySet, query: str) -> Iterator[ConversationQuerySet]:
    """Yield the lists whose conversations match `query`: by text, by visitor and by label."""
    query = query.replace("\x00", "").strip()[:LONGEST_QUERY]
    words = terms(query)
    if words:
        yield conversations.filter(_says(words))
    yield from _by_person(conversations, query)
    labels = list(Label.objects.filter(name__icontains=query).values_list("pk", flat=True)[:_MOST_VISITORS])
    if labels:
        carries = Label.conversations.through.objects.filter(conversation=OuterRef("pk"), label__in=labels)
        yield conversations.filter(Exists(carries))


def terms(query: str) -> list[str]:
    """Return the words of a query, each run of Chinese characters as one, at most eight."""
    return _TERM.findall(query.translate(_NO_PUNCTUATION).lower())[:_MOST_WORDS]


def as_tsquery(words: list[str]) -> str:
    """Return `words` in PostgreSQL's notation; the last one may be the beginning of a longer one."""
    parts = []
    for word in words:
        if re.match(_CHARACTER, word):
            parts.append(f"({' <-> '.join(word)})")
        else:
            begins = word == words[-1] and len(word) > 1
            parts.append(f"'{word}'" + (":*" if begins else ""))
    return " & ".join(parts)


def _says(words: list[str]) -> Q | RawSQL:
    if connection.vendor == "postgresql":
        return RawSQL(_SAYS, [as_tsquery(words)], output_field=BooleanField())
    said = Message.objects.filter(conversation=OuterRef("pk"))
    for word in words:
        said = said.filter(text__icontains=word)
    return Q(Exists(said))


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
