"""What the usual rules make of whole weeks: when they fire, when it is good again, when they are quiet."""

from datetime import datetime, timedelta

import pytest

from chatbot.analytics.alerts.metrics import Metric, Sample
from chatbot.analytics.alerts.replaying import Fired, replay
from chatbot.analytics.alerts.series import HOUR
from chatbot.analytics.models import AlertRule
from chatbot.analytics.models.alert_rules import USUAL
from tests.chatbot.analytics.alerts.shapes import END, START, WATCHED, WEEKS, during, series

QUIET_WEEKS = WEEKS - 8
# False alarms a week, all six usual rules of a site together.
MOST_FALSE_ALARMS = 0.5


def rule(metric: Metric, **terms: object) -> AlertRule:
    return AlertRule(metric=metric, **{**USUAL[metric], **terms})


def fired(metric: Metric, samples: dict[datetime, Sample], first: datetime = WATCHED) -> list[Fired]:
    return replay(rule(metric), samples, first, END)


@pytest.mark.parametrize("an_hour", [6.0, 60.0])
def test_quiet_weeks_raise_next_to_nothing(an_hour: float) -> None:
    seeds = range(2)
    alarms = sum(len(fired(metric, series(metric, seed, an_hour))) for metric in Metric for seed in seeds)

    assert alarms / (QUIET_WEEKS * len(seeds)) <= MOST_FALSE_ALARMS


OUTAGE = datetime(2026, 3, 18, 11), datetime(2026, 3, 18, 15)


@pytest.mark.parametrize("metric", list(Metric))
def test_an_outage_of_four_hours_opens_one_alert_which_closes(metric: Metric) -> None:
    """Four hours in which much fails, on a Wednesday: found within the hour, over within two."""
    samples = series(metric, 1, event=during(*OUTAGE, 1.0, 3.0))

    day = OUTAGE[0].replace(hour=0)
    (alert,) = replay(rule(metric), samples, day, day + timedelta(days=2))

    assert timedelta(0) <= alert.opened_at - OUTAGE[0] <= timedelta(minutes=60)
    assert alert.closed_at is not None
    assert timedelta(0) <= alert.closed_at - OUTAGE[1] <= timedelta(hours=2)


def test_the_hours_of_an_outage_are_no_baseline() -> None:
    """The same hours one week later are compared with weeks that were normal: a second outage is found."""
    again = tuple(moment + timedelta(weeks=1) for moment in OUTAGE)
    first, second = during(*OUTAGE, 1.0, 3.0), during(*again, 1.0, 3.0)
    samples = series(Metric.NEGATIVE, 2, event=lambda hour: max(first(hour), second(hour)))

    opened = [alert.opened_at.date() for alert in fired(Metric.NEGATIVE, samples, OUTAGE[0])]

    assert opened == [OUTAGE[0].date(), again[0].date()]


def test_a_slow_drift_is_found_before_it_is_the_usual() -> None:
    """From 20 % negative messages to about 60 % within five weeks: an alert, and never many."""
    begins = WATCHED

    def drift(hour: datetime) -> tuple[float, float]:
        return 1.0, 1.8 * max(0.0, (hour - begins) / timedelta(weeks=5))

    samples = series(Metric.NEGATIVE, 3, event=drift)
    alerts = fired(Metric.NEGATIVE, samples)

    assert alerts
    assert alerts[0].opened_at < begins + timedelta(weeks=4)
    days = {alert.opened_at.date() for alert in alerts}
    assert len(alerts) <= 2 * len(days)


def test_a_holiday_raises_nothing() -> None:
    """A fifth of the usual visitors, in a slightly other mood."""
    holiday = datetime(2026, 3, 17), datetime(2026, 3, 18)
    shape = during(*holiday, 0.2, 0.3)

    for metric in Metric:
        assert replay(rule(metric), series(metric, 4, event=shape), *holiday) == []


def test_three_messages_at_night_raise_nothing_however_bad() -> None:
    night = datetime(2026, 3, 18, 2)
    for metric in Metric:
        samples = series(metric, 5, 6.0)
        samples[night] = Sample(3.0 if metric.is_share else 90_000.0, 3, {150: 3})
        assert replay(rule(metric), samples, night, night + timedelta(hours=5)) == []


def test_without_three_earlier_weeks_a_change_is_not_told() -> None:
    early = during(START + timedelta(days=9, hours=11), START + timedelta(days=9, hours=15), 1.0, 3.0)

    assert (
        replay(rule(Metric.NEGATIVE), series(Metric.NEGATIVE, 6, event=early), START, START + timedelta(14))
        == []
    )


def test_one_bad_hour_that_is_over_at_once_stays_pending() -> None:
    """A rule that must hold for two hours does not open for one."""
    samples = series(Metric.FAILED, 7, event=during(OUTAGE[0], OUTAGE[0] + HOUR, 1.0, 4.0))

    day = OUTAGE[0].replace(hour=0)
    assert replay(rule(Metric.FAILED, opens_after=36), samples, day, day + timedelta(days=1)) == []
    assert len(replay(rule(Metric.FAILED), samples, day, day + timedelta(days=1))) == 1
