"""Any number of workers refresh at once, late, or not to the end, and the figures are right all the same."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Site
from chatbot.analytics import reading, refreshing
from chatbot.analytics.counting import figures_of_day
from chatbot.analytics.models import DailyFigures
from chatbot.analytics.periods import Period, clock_of, today
from chatbot.analytics.refreshing import recount, refresh
from chatbot.conversations.models import StaleDay
from tests.chatbot.analytics.clocks import stopped_clock
from tests.chatbot.analytics.days import ANSWERED, NOW, say_at, talk_at
from tests.chatbot.analytics.rows import rows_of
from tests.chatbot.operators.talks import say, talk

pytestmark = pytest.mark.django_db


def once_while_counting(monkeypatch: pytest.MonkeyPatch, act: Callable[[], Any]) -> None:
    """Let something happen after the next day was counted and before its rows are written."""
    acts = [act]

    def count(*arguments: Any) -> list[DailyFigures]:
        rows = figures_of_day(*arguments)
        if acts:
            acts.pop()()
        return rows

    monkeypatch.setattr(refreshing, "figures_of_day", count)


def messages_of(site: Site) -> int:
    return sum(row.messages for row in DailyFigures.objects.filter(site=site, dimension="all"))


def test_what_happens_while_a_day_is_counted_is_counted_by_the_next_run(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped_clock(monkeypatch, NOW)
    conversation = talk_at(site, NOW, ANSWERED)
    day = NOW.date()

    def mark_again() -> None:
        say_at(conversation, "visitor", NOW)
        StaleDay.objects.mark(site.pk, [day])

    once_while_counting(monkeypatch, mark_again)
    recount(site)

    assert (messages_of(site), StaleDay.objects.count()) == (1, 1)
    refresh()
    assert (messages_of(site), StaleDay.objects.count()) == (2, 0)


def test_a_slow_worker_does_not_put_old_figures_over_new_ones(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped_clock(monkeypatch, NOW)
    conversation = talk_at(site, NOW, ANSWERED)

    def another_worker() -> None:
        say_at(conversation, "visitor", NOW)
        refresh()

    once_while_counting(monkeypatch, another_worker)
    recount(site)

    assert (messages_of(site), StaleDay.objects.count()) == (2, 0)


def test_a_transaction_that_commits_late_is_found(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = stopped_clock(monkeypatch, NOW)
    conversation = talk_at(site, NOW - timedelta(hours=2), ANSWERED)
    refresh()
    # Its moment is before what the refresh has seen.
    say_at(conversation, "visitor", NOW - timedelta(minutes=8))
    clock.pass_by(minutes=1)

    refresh()

    assert messages_of(site) == 2


def test_a_run_that_has_no_time_left_leaves_the_rest_to_the_next(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for days in range(3):
        talk_at(site, NOW - timedelta(days=days), ANSWERED)
    monkeypatch.setattr(refreshing, "_SECONDS", -1.0)
    assert refresh() == 0

    monkeypatch.setattr(refreshing, "_SECONDS", 25.0)
    assert refresh() == 3
    assert messages_of(site) == 3


def test_nothing_is_counted_where_nothing_changed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = stopped_clock(monkeypatch, NOW)
    talk_at(site, NOW - timedelta(hours=6), ANSWERED)

    assert refresh() == 1
    clock.pass_by(minutes=1)
    assert refresh() == 0


@pytest.mark.django_db(transaction=True)
def test_workers_and_writers_at_once_come_to_the_right_figures(site: Site) -> None:
    ended = threading.Event()
    problems: list[BaseException] = []

    def work() -> None:
        try:
            while not ended.is_set():
                refresh()
        except BaseException as error:
            problems.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for number in range(12):
        conversation = talk(site, "Question", "Answer", "Again")
        say(conversation, "assistant", f"Answer {number}")
    ended.set()
    for worker in workers:
        worker.join()
    refresh()

    assert problems == []
    kept = rows_of(site)
    recount(site)
    assert kept == rows_of(site)
    assert messages_of(site) == 24


def test_a_day_takes_as_many_queries_whatever_happened_on_it(site: Site) -> None:
    clock = clock_of(site)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            figures_of_day(site.pk, NOW.date(), clock, NOW)
        return len(captured)

    talk_at(site, NOW, ANSWERED)
    few = queries()
    for _ in range(5):
        talk_at(site, NOW, [*ANSWERED, *ANSWERED])

    # PostgreSQL is told not to compile them, within a savepoint.
    assert queries() == few <= (13 if connection.vendor == "postgresql" else 10)


def test_reading_looks_at_kept_figures_only(site: Site) -> None:
    talk_at(site, timezone.now(), ANSWERED)
    recount(site)
    period = Period.ending(today(site), 30)

    with CaptureQueriesContext(connection) as captured:
        assert reading.totals(site, period).messages == 1
        reading.by_day(site, period)
        for dimension in DailyFigures.Dimension.values:
            reading.by_value(site, period, dimension)
            reading.by_day_and_value(site, period, dimension)

    assert not [query["sql"] for query in captured if '"conversations_' in query["sql"]]
