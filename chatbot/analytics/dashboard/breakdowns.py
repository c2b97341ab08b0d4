"""The figures by language, by label, by prompt version and by model version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.models import Site
from chatbot.analytics import reading
from chatbot.analytics.charts.small import bar
from chatbot.analytics.dashboard.addresses import Links
from chatbot.analytics.dashboard.tables import Cell, table
from chatbot.analytics.dashboard.writing import with_count
from chatbot.analytics.definitions import FIGURES
from chatbot.analytics.totals import Totals

# More rows than that are left to the export.
MOST_ROWS = 20

_OF_CONVERSATIONS = (
    "conversations",
    "resolved",
    "handed_over",
    "abandoned",
    "rating",
    "sentiment",
    "negative",
)
_OF_ANSWERS = ("answers", "unknown", "failed", "thumbs_up", "thumbs_down", "first_token_p50", "sentiment")
_DIMENSIONS: Sequence[tuple[str, Promise, Promise, Sequence[str]]] = (
    ("language", _("By language"), _("Language"), _OF_CONVERSATIONS),
    ("label", _("By label"), _("Label"), _OF_CONVERSATIONS),
    ("prompt", _("By prompt version"), _("Prompt version"), ("conversations", *_OF_ANSWERS)),
    ("model", _("By language model version"), _("Language model version"), ("conversations", *_OF_ANSWERS)),
)


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A table with a row for each value of a dimension, of which the first figure is drawn as a bar."""

    name: str
    title: Promise
    table: SafeString
    is_empty: bool
    left_out: int


def breakdowns(site: Site, links: Links) -> list[Breakdown]:
    """Return the tables of all dimensions over the page's period."""
    found = []
    for dimension, title, head, figures in _DIMENSIONS:
        by_value = reading.by_value(site, links.period, dimension)
        names = reading.value_names(site, dimension, by_value)
        shown = dict(list(by_value.items())[:MOST_ROWS])
        heads = [str(head), *(str(FIGURES[name].label) for name in figures)]
        rows = [
            (Cell(names.get(value, value)), _cells(value, totals, shown, dimension, figures, links))
            for value, totals in shown.items()
        ]
        written = table(str(title), heads, rows)
        found.append(Breakdown(dimension, title, written, not rows, len(by_value) - len(shown)))
    return found


def _cells(
    value: str,
    totals: Totals,
    shown: Mapping[str, Totals],
    dimension: str,
    figures: Sequence[str],
    links: Links,
) -> list[Cell]:
    most = max(other.conversations for other in shown.values()) or 1
    cells = []
    for name in figures:
        figure = FIGURES[name]
        address = links.behind(name, dimension=dimension, value=value) if figure.count(totals) else ""
        drawing = bar(totals.conversations / most) if name == "conversations" else SafeString()
        cells.append(Cell(with_count(figure, totals), address, drawing))
    return cells
