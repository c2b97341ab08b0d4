"""The states of a rule: ok, pending, open, and ok again. A pure function from one look to the next.

An alert is acknowledged by a person; that changes who looks after it, not when it closes.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from chatbot.analytics.alerts.judging import Judgement

# Looks in a row, a day of them, in which nothing can be told: an open alert then lapses.
LAPSES_AFTER = 288


class Turn(StrEnum):
    """What a look changed for people."""

    NONE = "none"
    OPENED = "opened"
    CLOSED = "closed"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class Standing:
    """How often in a row a rule was found how, and whether its alert is open."""

    is_open: bool = False
    bad_in_row: int = 0
    good_in_row: int = 0
    unknown_in_row: int = 0

    @property
    def is_pending(self) -> bool:
        return not self.is_open and self.bad_in_row > 0


def after(
    standing: Standing, judgement: Judgement, opens_after: int, closes_after: int
) -> tuple[Standing, Turn]:
    """Return the standing after one more look, and what that changed.

    It opens after `opens_after` bad looks; one that is neither bad nor good keeps it pending, and any other
    ends that. It closes after `closes_after` good ones in a row, where those that tell nothing do not count;
    after a day of nothing else it lapses.
    """
    unknown = standing.unknown_in_row + 1 if judgement is Judgement.UNKNOWN else 0
    if not standing.is_open:
        bad = standing.bad_in_row
        if judgement is Judgement.BAD:
            bad += 1
        elif judgement is not Judgement.BETWEEN:
            bad = 0
        if bad >= opens_after:
            return Standing(is_open=True), Turn.OPENED
        return Standing(bad_in_row=bad), Turn.NONE
    if judgement is Judgement.GOOD and standing.good_in_row + 1 >= closes_after:
        return Standing(), Turn.CLOSED
    if unknown >= LAPSES_AFTER:
        return Standing(), Turn.LAPSED
    if judgement is Judgement.UNKNOWN:
        return replace(standing, unknown_in_row=unknown), Turn.NONE
    good = standing.good_in_row + 1 if judgement is Judgement.GOOD else 0
    return Standing(is_open=True, good_in_row=good), Turn.NONE
