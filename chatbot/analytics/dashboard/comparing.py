"""How a figure stands beside the same figure of the period before."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

from chatbot.analytics.dashboard.writing import percent, written, written_change


class Verdict(StrEnum):
    """What a change means: better and worse depend on the figure, for some neither is the case."""

    BETTER = "better"
    WORSE = "worse"
    CHANGED = "changed"
    SAME = "same"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Change:
    """A figure's way from one period to the next."""

    verdict: Verdict
    arrow: str = ""
    amount: str = ""
    share: str = ""

    @property
    def word(self) -> str:
        """The verdict in a word, for those who do not tell it by its colour; empty where there is nothing."""
        words = {Verdict.BETTER: _("better"), Verdict.WORSE: _("worse"), Verdict.SAME: _("unchanged")}
        return words.get(self.verdict, "")


def change(now: float | None, before: float | None, unit: str, better: str) -> Change:
    """Compare two values of a figure; `better` is the direction, "up" or "down", empty for neither.

    Where one of them is not known there is nothing to compare, and from 0 there is no percentage.
    """
    if now is None or before is None:
        return Change(Verdict.UNKNOWN)
    difference = now - before
    # What reads the same is the same.
    if written(now, unit) == written(before, unit):
        return Change(Verdict.SAME)
    rises = difference > 0
    verdict = Verdict.CHANGED
    if better:
        verdict = Verdict.BETTER if rises == (better == "up") else Verdict.WORSE
    share = ""
    # A score crosses 0, and so has no percentage.
    if before > 0 and unit != "score":
        part = abs(difference) / before
        share = ("+" if rises else "−") + percent(part, places=0 if part >= 0.1 else 1)
    return Change(verdict, "↑" if rises else "↓", written_change(difference, unit), share)
