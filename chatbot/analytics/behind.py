"""Finds the conversations behind a figure, by the conditions by which it was counted."""

from functools import reduce
from operator import or_

from django.db.models import Q
from django.utils import timezone

from accounts.models import Site
from chatbot.analytics.changes import as_of
from chatbot.analytics.conditions import conversations as of_conversations
from chatbot.analytics.conditions import messages as of_messages
from chatbot.analytics.definitions import FIGURES
from chatbot.analytics.figure import Level
from chatbot.analytics.models import DailyFigures
from chatbot.analytics.periods import Period, clock_of
from chatbot.conversations.models import Conversation, ConversationQuerySet

Dimension = DailyFigures.Dimension

_WITH_NUMBERS = (Dimension.HOUR, Dimension.LABEL, Dimension.PROMPT)
_LONGEST_NUMBER = 18


def conversations(
    site: Site, period: Period, figure: str, dimension: str = Dimension.ALL, value: str = ""
) -> ConversationQuerySet:
    """Return the conversations that a figure counts, or in which the messages are that it counts.

    For a share these are the ones that make it up, not those that it is a share of. Raises KeyError for a
    figure that is none, and ValueError for a dimension that is none and a value that it cannot have.
    """
    defined, zone = FIGURES[figure], clock_of(site)
    _check(dimension, value)
    begin, end = period.moments(zone)
    if defined.level == Level.CONVERSATION:
        begun = of_conversations.begun_between(site.pk, begin, end)
        begun = of_conversations.with_facts(begun, as_of(timezone.now()))
        begun = of_conversations.of_value(begun, dimension, value, zone)
        return begun.filter(_any(of_conversations.CONDITIONS, defined.counted))
    written = of_messages.written_between(site.pk, begin, end)
    written = of_messages.of_value(written, dimension, value, zone)
    counted = written.filter(_any(of_messages.CONDITIONS, defined.counted))
    return Conversation.objects.filter(site=site, pk__in=counted.values("conversation"))


def _any(conditions: dict[str, Q], columns: tuple[str, ...]) -> Q:
    return reduce(or_, (conditions[column] for column in columns))


def _check(dimension: str, value: str) -> None:
    is_number = value.isascii() and value.isdecimal() and len(value) <= _LONGEST_NUMBER
    if dimension in _WITH_NUMBERS and not is_number:
        raise ValueError(f"No {Dimension(dimension).label} is called {value!r}.")
    # Raises ValueError, too.
    Dimension(dimension)
