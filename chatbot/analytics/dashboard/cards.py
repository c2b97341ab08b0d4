"""The figures of a period beside those of the period before, in groups."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from chatbot.analytics.charts.small import spark
from chatbot.analytics.dashboard.addresses import Links
from chatbot.analytics.dashboard.comparing import Change, change
from chatbot.analytics.dashboard.writing import written
from chatbot.analytics.definitions import FIGURES
from chatbot.analytics.figure import Figure
from chatbot.analytics.totals import Totals

# By what they tell the reader, in the order in which they are asked for.
_GROUPS: Sequence[tuple[str, Promise, Sequence[str]]] = (
    ("volume", _("How much was said"), ("conversations", "messages", "answers")),
    ("people", _("How fast people are"), ("first_response", "resolution")),
    (
        "outcome",
        _("What the assistant achieved"),
        ("resolved", "still_resolved", "handed_over", "abandoned", "unknown", "failed"),
    ),
    (
        "feelings",
        _("How visitors feel"),
        ("sentiment", "rating", "positive", "negative", "thumbs_up", "thumbs_down"),
    ),
    ("speed", _("How fast the assistant is"), ("first_token_p50", "first_token_p95", "queue_wait")),
)


@dataclass(frozen=True, slots=True)
class Card:
    """One figure as it is shown; `address` leads to the conversations behind it, or is empty."""

    figure: Figure
    value: str
    before: str
    before_address: str
    change: Change
    address: str
    line: SafeString


@dataclass(frozen=True, slots=True)
class CardGroup:
    """Figures that answer one question."""

    name: str
    label: Promise
    cards: list[Card]


def card_groups(now: Totals, before: Totals, days: Sequence[Totals], links: Links) -> list[CardGroup]:
    """Return the cards of all groups; the small line of each is drawn from `days`."""
    return [
        CardGroup(name, label, [_card(FIGURES[figure], now, before, days, links) for figure in figures])
        for name, label, figures in _GROUPS
    ]


def _card(figure: Figure, now: Totals, before: Totals, days: Iterable[Totals], links: Links) -> Card:
    value, earlier = figure.value(now), figure.value(before)
    return Card(
        figure=figure,
        value=written(value, figure.unit),
        before=written(earlier, figure.unit),
        before_address=links.behind(figure.name, days=links.period.before()) if figure.count(before) else "",
        change=change(value, earlier, figure.unit, figure.better),
        address=links.behind(figure.name) if figure.count(now) else "",
        line=spark([figure.value(day) for day in days]),
    )
