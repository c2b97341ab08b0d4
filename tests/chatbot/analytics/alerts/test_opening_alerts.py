"""Alerts of a site: opened once, closed when it is good again, told without a storm."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Site, User
from chatbot.analytics.alerts.evaluating import look_at, look_at_all
from chatbot.analytics.models import Alert, AlertEvent, AlertRule, Dispatch, Notice, WatchSettings
from chatbot.conversations.models import HandoffSettings
from tests.chatbot.analytics.alerts.hours import MINUTES, NOON, count, look, usual_weeks

pytestmark = pytest.mark.django_db

BAD = {"failed": 30, "answers": 30}
GOOD = {"failed": 0, "answers": 60}


@pytest.fixture
def told(site: Site, owner: User) -> WatchSettings:
    User.objects.filter(pk=owner.pk).update(email="owner@lamps.example")
    return WatchSettings.objects.create(site=site)


def alerts(site: Site) -> list[tuple[str, str]]:
    return [(alert.rule.metric, alert.state) for alert in Alert.objects.filter(site=site).order_by("pk")]


def test_a_site_begins_with_the_usual_rules(site: Site) -> None:
    look_at_all(NOON)

    metrics = set(AlertRule.objects.filter(site=site).values_list("metric", flat=True))
    assert metrics == {"negative", "handed_over", "failed", "first_token_p95", "queue_wait", "unknown"}
    look_at_all(NOON + MINUTES)
    assert AlertRule.objects.filter(site=site).count() == 6


def test_an_alert_opens_after_three_looks_and_closes_after_six(site: Site, told: WatchSettings) -> None:
    count(site, NOON, **BAD)
    after = look(2, NOON + 4 * MINUTES)
    assert alerts(site) == []
    rule = AlertRule.objects.get(site=site, metric="failed")
    assert rule.standing.is_pending

    after = look(1, after)
    assert alerts(site) == [("failed", "open")]
    alert = Alert.objects.get()
    assert (alert.value, alert.sample, alert.began_at) == (50.0, 60, NOON + 4 * MINUTES)

    count(site, NOON, failed=0, answers=600)
    after = look(5, after)
    assert alerts(site) == [("failed", "open")]
    look(1, after)
    assert alerts(site) == [("failed", "closed")]


def test_few_answers_open_nothing(site: Site) -> None:
    count(site, NOON, failed=3, answers=0)

    look(10, NOON)

    assert alerts(site) == []


def test_a_change_is_told_by_the_weeks_before(site: Site) -> None:
    usual_weeks(site, negative=12, neutral=40, positive=8)
    count(site, NOON, negative=40, neutral=15, positive=5)

    look(3, NOON + MINUTES)

    assert alerts(site) == [("negative", "open")]
    assert Alert.objects.get().baseline == pytest.approx(20.0)


def test_hours_of_an_alert_are_not_compared_with(site: Site) -> None:
    """Each week at the same time it is bad; were those weeks normal, the fifth would not be found."""
    usual_weeks(site, negative=12, neutral=40, positive=8)
    begun = NOON - timedelta(weeks=5)
    for week in range(6):
        moment = begun + timedelta(weeks=week)
        count(site, moment, negative=40, neutral=15, positive=5)
        look(3, moment + MINUTES)
        count(site, moment + timedelta(hours=1), negative=12, neutral=40, positive=8)
        look(6, moment + timedelta(hours=1, minutes=5))

    assert alerts(site) == [("negative", "closed")] * 6


def test_two_workers_open_an_alert_once(site: Site, told: WatchSettings) -> None:
    """The same looks by a worker that does not know of the other: each moment is judged once."""
    count(site, NOON, **BAD)
    for number in range(4):
        moment = NOON + number * MINUTES
        look_at_all(moment)
        look_at_all(moment)
        look_at(site, moment)

    assert alerts(site) == [("failed", "open")]
    assert AlertEvent.objects.filter(kind="opened").count() == 1
    assert Notice.objects.count() == 1


def test_the_database_refuses_a_second_open_alert_of_a_rule(site: Site) -> None:
    count(site, NOON, **BAD)
    look(3, NOON)
    alert = Alert.objects.get()
    alert.pk, alert.public_id = None, "0" * 32

    with pytest.raises(IntegrityError), transaction.atomic():
        alert.save(force_insert=True)


def test_the_worker_that_lost_the_race_goes_on(site: Site) -> None:
    """Its rule does not remember the alert that the other one opened."""
    count(site, NOON, **BAD)
    after = look(3, NOON)
    AlertRule.objects.filter(metric="failed").update(is_open=False, bad_in_row=2)

    look(1, after)

    assert alerts(site) == [("failed", "open")]


def test_a_flapping_rule_is_told_once_and_its_alert_goes_on(site: Site, told: WatchSettings) -> None:
    AlertRule.objects.usual_for(site)
    AlertRule.objects.update(opens_after=1, closes_after=1)

    def swing(moment: datetime) -> None:
        count(site, moment.replace(minute=0), **(BAD if moment.minute % 10 else GOOD))

    after = look(40, NOON, swing)

    (alert,) = Alert.objects.all()
    assert alert.reopenings > 10
    assert [event.kind for event in AlertEvent.objects.filter(notice__isnull=False)] == ["opened"]
    look(20, after, lambda moment: count(site, moment.replace(minute=0), **GOOD))
    kinds = AlertEvent.objects.filter(notice__isnull=False).values_list("kind", flat=True)
    assert list(kinds) == ["opened", "closed"]


def test_everything_failing_at_once_is_two_mails_and_no_storm(site: Site, told: WatchSettings) -> None:
    usual_weeks(
        site,
        **{"conversations": 60, "handed_over": 5, "failed": 1, "answers": 60, "unknown": 8, "queued": 60},
        **{"queued_ms": 12_000, "first_token": {"74": 60}, "negative": 6, "neutral": 50, "positive": 4},
    )
    everything = {
        **{"conversations": 60, "handed_over": 50, "failed": 40, "answers": 60, "unknown": 55, "queued": 60},
        **{"queued_ms": 1_200_000, "first_token": {"104": 60}, "negative": 50, "neutral": 6, "positive": 4},
    }
    after = look(30, NOON, lambda moment: count(site, moment.replace(minute=0), **everything))

    assert len(alerts(site)) == 6
    assert Dispatch.objects.count() <= 2
    good = {
        **{"conversations": 60, "handed_over": 5, "failed": 0, "answers": 600, "unknown": 8, "queued": 60},
        **{"queued_ms": 12_000, "first_token": {"74": 60}, "negative": 6, "neutral": 50, "positive": 4},
    }
    look(60, after, lambda moment: count(site, moment.replace(minute=0), **good))

    assert {state for _metric, state in alerts(site)} == {"closed"}
    assert Dispatch.objects.count() <= 5
    told_of = AlertEvent.objects.filter(notice__isnull=False)
    assert told_of.filter(kind="opened").count() == told_of.filter(kind="closed").count() == 6


def test_a_muted_rule_opens_alerts_and_tells_nobody(site: Site, told: WatchSettings) -> None:
    AlertRule.objects.usual_for(site)
    AlertRule.objects.update(muted_until=NOON + timedelta(hours=1))
    count(site, NOON, **BAD)

    after = look(3, NOON)
    count(site, NOON, failed=0, answers=600)
    look(30, after)

    assert alerts(site) == [("failed", "closed")]
    assert Notice.objects.count() == 0


def test_switching_a_rule_off_closes_its_alert(site: Site, told: WatchSettings) -> None:
    count(site, NOON, **BAD)
    after = look(3, NOON)
    AlertRule.objects.filter(metric="failed").update(is_enabled=False)

    look(3, after)

    assert alerts(site) == [("failed", "closed")]
    assert not AlertRule.objects.get(metric="failed").is_open


def test_a_site_that_is_not_watched_raises_nothing(site: Site, told: WatchSettings) -> None:
    WatchSettings.objects.update(is_enabled=False)
    count(site, NOON, **BAD)

    look(5, NOON)

    assert alerts(site) == []


def test_hours_are_those_of_the_sites_clock(site: Site) -> None:
    """12:00 UTC is 21:00 in Tokyo, and what was counted at 12:00 there is nine hours old."""
    HandoffSettings.objects.create(site=site, time_zone="Asia/Tokyo")
    count(site, NOON, **BAD)
    look(3, NOON)
    assert alerts(site) == []

    count(site, NOON + timedelta(hours=9), **BAD)
    look(3, NOON + 4 * MINUTES)
    assert alerts(site) == [("failed", "open")]
