"""What a figure is: its name and sentence, its unit, and how it comes from the columns that are counted."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise

from chatbot.analytics import first_tokens
from chatbot.analytics.totals import Totals


class Unit(StrEnum):
    """What a figure's value counts: a share is from 0 to 1, a rating from 1 to 5, a score from -1 to 1."""

    COUNT = "count"
    SHARE = "share"
    SECONDS = "seconds"
    MILLISECONDS = "milliseconds"
    RATING = "rating"
    SCORE = "score"


class Better(StrEnum):
    """In which direction a change of a figure is good news."""

    UP = "up"
    DOWN = "down"
    NEITHER = ""


class Level(StrEnum):
    """What is counted: conversations on the day of their first message, messages on their own day."""

    CONVERSATION = "conversation"
    MESSAGE = "message"


class Group(StrEnum):
    """Figures that belong together on a page."""

    VOLUME = "volume"
    OUTCOME = "outcome"
    PEOPLE = "people"
    ANSWERS = "answers"
    SENTIMENT = "sentiment"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure: the sum of `columns` less that of `minus`, divided by the sum of `per` where there is one.

    `counted` are the columns that say how many conversations or messages are behind it. A `percent` makes it
    a percentile of the time to the first token instead.
    """

    name: str
    label: Promise
    definition: Promise
    group: Group
    unit: Unit
    better: Better
    level: Level
    counted: tuple[str, ...]
    columns: tuple[str, ...] = ()
    minus: tuple[str, ...] = ()
    per: tuple[str, ...] = ()
    percent: int = 0

    def value(self, totals: Totals) -> float | None:
        """Return the figure in its unit; None where there is nothing to divide by."""
        if self.percent:
            return first_tokens.percentile(totals.first_token, self.percent)
        value = _sum(totals, self.columns) - _sum(totals, self.minus)
        if not self.per:
            return value
        parts = _sum(totals, self.per)
        return value / parts if parts else None

    def count(self, totals: Totals) -> int:
        """Return how many conversations or messages are behind the figure."""
        return sum(totals.first_token.values()) if self.percent else _sum(totals, self.counted)

    def base(self, totals: Totals) -> int | None:
        """Return of how many a share or a mean is; None for a plain count."""
        if self.percent:
            return sum(totals.first_token.values())
        return _sum(totals, self.per) if self.per else None


def _sum(totals: Totals, columns: tuple[str, ...]) -> int:
    return sum(getattr(totals, column) for column in columns)
