"""Figures that are kept step by step are those of a full recount, whatever happened and in which order."""

from datetime import UTC, datetime
from random import Random

import pytest

from accounts.models import Site, User
from chatbot.analytics.models import DailyFigures
from chatbot.analytics.refreshing import recount, refresh
from chatbot.analytics.totals import COLUMNS
from chatbot.conversations.models import StaleDay
from tests.chatbot.analytics.clocks import stopped_clock
from tests.chatbot.analytics.histories import History
from tests.chatbot.analytics.rows import Rows, rows_of

pytestmark = pytest.mark.django_db

# Two weeks around the night in which Berlin's clocks go back.
BEGIN = datetime(2026, 10, 19, 20, 15, tzinfo=UTC)

counted: dict[str, Rows] = {}


@pytest.mark.parametrize("seed", range(5))
def test_refreshed_figures_equal_a_full_recount(
    monkeypatch: pytest.MonkeyPatch, site: Site, other_site: Site, operator: User, seed: int
) -> None:
    chance, clock = Random(seed), stopped_clock(monkeypatch, BEGIN)
    histories = [History(place, operator, clock, chance) for place in (site, other_site)]
    for history in histories:
        history.make_labels()
    rare = [
        histories[0].erase,
        histories[1].erase,
        histories[0].move,
        histories[0].write_prompt,
        histories[1].delete_label,
    ]

    for _ in range(14):
        chance.choice(histories).go_on(14)
        if chance.random() < 0.4:
            chance.choice(rare)()
        if chance.random() < 0.7:
            refresh()
    refresh()

    kept = {place: rows_of(place) for place in (site, other_site)}
    assert not StaleDay.objects.exists()
    DailyFigures.objects.all().delete()
    for place in (site, other_site):
        recount(place)
        assert kept[place] == rows_of(place)
    for place in (site, other_site):
        counted[f"{seed} {place}"] = kept[place]


def test_the_histories_had_something_of_everything() -> None:
    columns = {name for rows in counted.values() for row in rows.values() for name in row}
    dimensions = {key[1] for rows in counted.values() for key in rows}

    assert columns == {*COLUMNS, "first_token"}
    assert dimensions == set(DailyFigures.Dimension.values)
