"""Every number leads to the conversations that make it up, and to no others."""

from datetime import UTC, date, datetime
from random import Random

import pytest
from django.db.models import Q

from accounts.models import Site, User
from chatbot.analytics import behind, reading
from chatbot.analytics.conditions.messages import CONDITIONS, written_between
from chatbot.analytics.conditions.messages import of_value as messages_of_value
from chatbot.analytics.definitions import FIGURES
from chatbot.analytics.figure import Level
from chatbot.analytics.models import DailyFigures
from chatbot.analytics.periods import Period, clock_of
from chatbot.analytics.refreshing import recount
from chatbot.conversations.models import HandoffSettings
from tests.chatbot.analytics.clocks import stopped_clock
from tests.chatbot.analytics.days import ANSWERED, NOW, talk_at
from tests.chatbot.analytics.histories import History

pytestmark = pytest.mark.django_db

WHOLE = Period(date(2026, 10, 1), date(2026, 12, 31))
# Berlin's clocks go back on the second of them.
TWO_DAYS = Period(date(2026, 10, 24), date(2026, 10, 25))


@pytest.fixture
def lively(monkeypatch: pytest.MonkeyPatch, site: Site, other_site: Site, operator: User) -> Site:
    """A site on which much happened, in a zone whose clocks go back meanwhile, beside another one."""
    HandoffSettings.objects.create(site=site, time_zone="Europe/Berlin")
    clock = stopped_clock(monkeypatch, datetime(2026, 10, 22, 20, 15, tzinfo=UTC))
    chance = Random(3)
    for place in (site, other_site):
        history = History(place, operator, clock, chance)
        history.make_labels()
        for _ in range(2):
            history.go_on(60)
            history.write_prompt()
    recount(site)
    recount(other_site)
    return site


def test_as_many_conversations_are_behind_a_figure_as_it_says(lively: Site) -> None:
    shown = [(TWO_DAYS, "all", ""), (WHOLE, "all", "")]
    for dimension in DailyFigures.Dimension.values:
        kept = reading.by_value(lively, WHOLE, dimension)
        fullest = sorted(kept, key=lambda value: -kept[value].messages - kept[value].conversations)
        shown += [(WHOLE, dimension, value) for value in fullest[:2]]
    looked_at = 0
    for place in shown:
        totals = reading.totals(lively, *place)
        for figure in FIGURES.values():
            found = behind.conversations(lively, place[0], figure.name, *place[1:])
            keys = sorted(found.values_list("pk", flat=True))
            assert len(keys) == len(set(keys))
            if figure.level == Level.CONVERSATION:
                assert len(keys) == figure.count(totals), (figure.name, place)
            else:
                messages = _messages(lively, place[0], figure.counted, *place[1:])
                assert len(messages) == figure.count(totals), (figure.name, place)
                assert keys == sorted({conversation for _message, conversation in messages})
            assert not found.exclude(site=lively).exists()
            looked_at += bool(keys)

    assert looked_at > 80


def test_a_figure_or_a_value_that_is_none_is_refused(site: Site) -> None:
    with pytest.raises(KeyError):
        behind.conversations(site, WHOLE, "luck")
    for dimension, value in [("weather", ""), ("hour", "noon"), ("label", "9" * 30), ("prompt", "")]:
        with pytest.raises(ValueError):
            behind.conversations(site, WHOLE, "messages", dimension, value)


def test_of_another_site_nothing_is_behind_anything(site: Site, other_site: Site) -> None:
    talk_at(other_site, NOW, ANSWERED)

    assert not any(behind.conversations(site, WHOLE, figure).exists() for figure in FIGURES)
    assert behind.conversations(other_site, WHOLE, "messages").exists()


def _messages(
    site: Site, period: Period, columns: tuple[str, ...], dimension: str, value: str
) -> set[tuple[int, int]]:
    begin, end = period.moments(clock_of(site))
    written = messages_of_value(written_between(site.pk, begin, end), dimension, value, clock_of(site))
    wanted = Q()
    for column in columns:
        wanted |= CONDITIONS[column]
    return set(written.filter(wanted).values_list("pk", "conversation"))
