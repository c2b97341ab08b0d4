"""What a program reads of a site's figures."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import Site
from chatbot.analytics.definitions import FIGURES
from chatbot.analytics.refreshing import recount, refresh
from chatbot.conversations.models import HandoffSettings, ReplyTrace
from tests.chatbot.analytics.clocks import stopped_clock
from tests.chatbot.analytics.days import ANSWERED, NOW, say_at, talk_at
from tests.chatbot.operators.conftest import make_key, program

pytestmark = pytest.mark.django_db

DAY = NOW.date()


@pytest.fixture
def crm(site: Site, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A program that may read the site's figures and nothing else, at noon."""
    stopped_clock(monkeypatch, NOW)
    return program(make_key(site, "analytics:read")[1])


def figures(crm: Client, **query: str) -> dict[str, dict[str, dict[str, object]]]:
    """Return the figures by value and name."""
    answer = crm.get("/api/v1/analytics/figures", query)
    assert answer.status_code == 200, answer.json()
    return {
        row["value"]: {figure["name"]: figure for figure in row["figures"]} for row in answer.json()["values"]
    }


def test_each_day_is_counted(crm: Client, site: Site, other_site: Site) -> None:
    given = [(100, "failed"), (300, "completed"), (200, "completed"), (5000, "completed")]
    for milliseconds, status in given:
        conversation = talk_at(site, NOW - timedelta(hours=2), (("visitor", 0),), rating=4)
        answer = say_at(conversation, "assistant", NOW - timedelta(hours=1), status=status, feedback="up")
        ReplyTrace.objects.filter(message=answer).update(first_token_ms=milliseconds)
    talk_at(other_site, NOW, ANSWERED)
    talk_at(site, NOW - timedelta(days=90), ANSWERED)
    refresh()

    answer = crm.get("/api/v1/analytics/days").json()

    assert (answer["time_zone"], answer["counted_until"]) == ("UTC", NOW.isoformat().replace("+00:00", "Z"))
    *before, today = answer["days"]
    assert len(before) == 29 and not any(day["messages"] for day in before)
    told = {name: value for name, value in today.items() if value}
    assert told.pop("first_token_p50_ms") == pytest.approx(200, rel=0.05)
    assert told.pop("first_token_p95_ms") == pytest.approx(5000, rel=0.05)
    assert told == {
        **{"date": str(DAY), "conversations": 4, "messages": 4, "answers": 3, "failed": 1},
        **{"helpful": 4, "ratings": 4, "rating": 4.0},
    }
    assert (today["resolution_seconds"], today["queue_wait_ms"]) == (None, None)


def test_days_are_those_of_the_site(crm: Client, site: Site) -> None:
    HandoffSettings.objects.create(site=site, time_zone="Pacific/Kiritimati")
    talk_at(site, NOW - timedelta(hours=1), ANSWERED)
    recount(site)

    answer = crm.get("/api/v1/analytics/days", {"first": str(DAY)}).json()

    assert answer["time_zone"] == "Pacific/Kiritimati"
    told = {day["date"]: day["messages"] for day in answer["days"]}
    assert told == {"2026-11-20": 0, "2026-11-21": 1}


def test_figures_stand_beside_those_of_the_period_before(crm: Client, site: Site) -> None:
    for days in (1, 2, 8):
        talk_at(site, NOW - timedelta(days=days), ANSWERED, rating=5 if days == 8 else None)
    recount(site)

    week = {"first": "2026-11-14", "last": "2026-11-20"}
    answer = crm.get("/api/v1/analytics/figures", week).json()
    (told,) = figures(crm, **week).values()

    assert answer["before"] == {"first": "2026-11-07", "last": "2026-11-13"}
    assert list(told) == list(FIGURES)
    assert (told["conversations"]["value"], told["conversations"]["before"]) == (2, 1)
    assert told["resolved"] == {
        **{"name": "resolved", "unit": "share", "better": "up", "value": 1.0, "before": 1.0},
        **{"count": 2, "of": 2},
    }
    assert (told["rating"]["value"], told["rating"]["before"]) == (None, 5.0)


def test_figures_are_told_by_the_values_of_a_dimension(crm: Client, site: Site, other_site: Site) -> None:
    label = site.labels.create(name="vip")
    label.conversations.add(talk_at(site, NOW, ANSWERED, language="en"))
    talk_at(site, NOW, ANSWERED, language="zh-hans")
    talk_at(other_site, NOW, ANSWERED, language="de")
    recount(site)
    recount(other_site)

    assert figures(crm, dimension="language").keys() == {"en", "zh-hans"}
    assert figures(crm, dimension="hour")["12"]["messages"]["value"] == 2
    answer = crm.get("/api/v1/analytics/figures", {"dimension": "label"}).json()
    assert [(row["value"], row["name"]) for row in answer["values"]] == [(str(label.pk), "vip")]


def test_an_empty_site_has_figures_of_nothing(crm: Client) -> None:
    (told,) = figures(crm).values()

    assert {figure["value"] for figure in told.values()} == {0, None}
    assert len(crm.get("/api/v1/analytics/days").json()["days"]) == 30


def test_another_scope_reads_no_figures(site: Site) -> None:
    other = program(make_key(site, "conversations:read")[1])

    assert other.get("/api/v1/analytics/figures").status_code == 403
    assert other.get("/api/v1/analytics/days").status_code == 403


def test_the_first_day_that_may_be_asked_for_has_a_period_before(crm: Client) -> None:
    assert figures(crm, first="1970-01-01", last="1970-01-01")[""]["messages"]["value"] == 0
