"""Sums of what was counted."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Self


@dataclass
class Totals:
    """Counts and sums over some days, as `DailyFigures` keeps them for each; all zero where nothing was."""

    conversations: int = 0
    ended: int = 0
    resolved: int = 0
    resolved_week_ago: int = 0
    still_resolved: int = 0
    handed_over: int = 0
    abandoned: int = 0
    ratings: int = 0
    rating_sum: int = 0
    first_responses: int = 0
    first_response_seconds: int = 0
    resolutions: int = 0
    resolution_seconds: int = 0
    messages: int = 0
    answers: int = 0
    failed: int = 0
    unknown: int = 0
    thumbs_up: int = 0
    thumbs_down: int = 0
    negative: int = 0
    neutral: int = 0
    positive: int = 0
    unsure: int = 0
    corrected: int = 0
    queued: int = 0
    queued_ms: int = 0
    # How many answers began after so long, by the steps of `first_tokens`.
    first_token: Counter[int] = field(default_factory=Counter)

    def __add__(self, other: Self) -> Self:
        return type(self)(
            **{name: getattr(self, name) + getattr(other, name) for name in COLUMNS},
            first_token=self.first_token + other.first_token,
        )

    def add(self, **counts: int) -> None:
        """Add to the columns that are named."""
        for name, count in counts.items():
            setattr(self, name, getattr(self, name) + count)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was counted at all."""
        return not self.first_token and not any(getattr(self, name) for name in COLUMNS)


# The columns of whole numbers: all but the steps of the first token.
COLUMNS: tuple[str, ...] = tuple(column.name for column in fields(Totals) if column.name != "first_token")


def total(parts: Iterable[Totals]) -> Totals:
    """Return the sum of all parts."""
    return sum(parts, start=Totals())
