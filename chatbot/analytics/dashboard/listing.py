"""The conversations behind one number, in pages."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from django.db.models.functions import ExtractIsoWeekDay
from django.utils.dates import WEEKDAYS

from accounts.models import Site
from chatbot.analytics import behind, reading
from chatbot.analytics.conditions.conversations import with_beginning
from chatbot.analytics.dashboard.choosing import BadDays, own_days
from chatbot.analytics.definitions import FIGURES
from chatbot.analytics.figure import Figure
from chatbot.analytics.models import DailyFigures
from chatbot.analytics.periods import Period, clock_of
from chatbot.conversations.models import Conversation

PAGE_SIZE = 50


class NoSuchList(LookupError):
    """What the address asks for is no figure, no period, no value, or no page."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A figure of some days: of everything, or of one value of a dimension and one weekday (Monday is 1)."""

    figure: Figure
    period: Period
    dimension: str = "all"
    value: str = ""
    weekday: int | None = None

    @property
    def weekday_name(self) -> str:
        return "" if self.weekday is None else str(WEEKDAYS[self.weekday - 1])

    @property
    def dimension_name(self) -> str:
        return str(DailyFigures.Dimension(self.dimension).label)

    @property
    def days_query(self) -> dict[str, date]:
        """The part of an address that chooses the same days."""
        return {"first": self.period.first, "last": self.period.last}


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the conversations, newest first, and the cursor of the next page, empty at the end."""

    conversations: Sequence[Conversation]
    next_cursor: str


def wanted(query: Mapping[str, str], today: date) -> Wanted:
    """Return what the query asks for; raises NoSuchList."""
    figure = FIGURES.get(query.get("figure", "conversations"))
    dimension = query.get("dimension", DailyFigures.Dimension.ALL)
    weekday = query.get("weekday")
    if figure is None or dimension not in DailyFigures.Dimension.values:
        raise NoSuchList
    if weekday not in (None, *"1234567"):
        raise NoSuchList
    try:
        period = own_days(query, today)
    except BadDays as error:
        raise NoSuchList from error
    return Wanted(figure, period, dimension, query.get("value", ""), int(weekday) if weekday else None)


def value_name(site: Site, wanted: Wanted) -> str:
    """Return what people call the value that is asked for; the value itself once that is gone."""
    return reading.value_names(site, wanted.dimension, [wanted.value]).get(wanted.value, wanted.value)


def page(site: Site, wanted: Wanted, after: str) -> Page:
    """Return a page of what is behind the figure, the first one for no cursor; raises NoSuchList."""
    try:
        found = behind.conversations(site, wanted.period, wanted.figure.name, wanted.dimension, wanted.value)
    except ValueError as error:
        raise NoSuchList from error
    if wanted.weekday is not None:
        weekday = ExtractIsoWeekDay("began", tzinfo=clock_of(site))
        found = with_beginning(found).annotate(weekday=weekday).filter(weekday=wanted.weekday)
    if after:
        found = found.filter(_beyond(after))
    rows = list(found.select_related("visitor").order_by("-created_at", "-pk")[: PAGE_SIZE + 1])
    more = len(rows) > PAGE_SIZE
    return Page(rows[:PAGE_SIZE], _cursor(rows[PAGE_SIZE - 1]) if more else "")


def _cursor(conversation: Conversation) -> str:
    place = [conversation.created_at.isoformat(), conversation.pk]
    return urlsafe_b64encode(json.dumps(place).encode()).decode()


def _beyond(cursor: str) -> Q:
    """Return the condition of what comes after the place in the cursor."""
    try:
        moment, key = json.loads(urlsafe_b64decode(cursor.encode()))
        at = datetime.fromisoformat(moment)
        if at.utcoffset() is None or not isinstance(key, int) or not 0 <= key < 2**63:
            raise NoSuchList
        # No moment that a database could not hold.
        at.timestamp()
    except (OverflowError, RecursionError, TypeError, ValueError) as error:
        raise NoSuchList from error
    return Q(created_at__lte=at) & (Q(created_at__lt=at) | Q(pk__lt=key))
