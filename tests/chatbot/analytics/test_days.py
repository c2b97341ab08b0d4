"""Days are those of the site's own clock, whatever their length, and what is odd counts right."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from accounts.models import Site
from chatbot.analytics import reading
from chatbot.analytics.models import CountedSite, DailyFigures
from chatbot.analytics.periods import Period, clock_of, today
from chatbot.analytics.refreshing import recount, refresh
from chatbot.conversations.models import Conversation, HandoffSettings, Visitor
from tests.chatbot.analytics.clocks import stopped_clock
from tests.chatbot.analytics.days import ALWAYS, ANSWERED, counted, say_at, talk_at

pytestmark = pytest.mark.django_db


def move(site: Site, zone: str) -> None:
    HandoffSettings.objects.update_or_create(site=site, defaults={"time_zone": zone})


def messages_at(site: Site, *moments: str) -> None:
    """Let a visitor write at these moments of UTC, in a conversation each."""
    for moment in moments:
        talk_at(site, datetime.fromisoformat(moment).replace(tzinfo=UTC), (("visitor", 0),))


def by_day(site: Site) -> dict[str, int]:
    """Return the messages of each day on which there were some."""
    recount(site)
    days = DailyFigures.objects.filter(site=site, dimension="all").order_by("day")
    return {str(row.day): row.messages for row in days}


def by_hour(site: Site, day: str) -> dict[str, int]:
    period = Period(date.fromisoformat(day), date.fromisoformat(day))
    hours = reading.by_value(site, period, "hour")
    return {hour: totals.messages for hour, totals in hours.items() if totals.messages}


@pytest.mark.parametrize(
    ("zone", "moments", "days"),
    [
        ("UTC", ["2026-03-01T23:59:59", "2026-03-02T00:00:00"], ["2026-03-01", "2026-03-02"]),
        ("Asia/Kolkata", ["2026-03-01T18:29:59", "2026-03-01T18:30:00"], ["2026-03-01", "2026-03-02"]),
        ("Pacific/Kiritimati", ["2026-03-01T09:59:59", "2026-03-01T10:00:00"], ["2026-03-01", "2026-03-02"]),
        ("Pacific/Pago_Pago", ["2026-03-02T10:59:59", "2026-03-02T11:00:00"], ["2026-03-01", "2026-03-02"]),
        ("Asia/Kathmandu", ["2026-03-01T18:14:59", "2026-03-01T18:15:00"], ["2026-03-01", "2026-03-02"]),
    ],
)
def test_a_day_begins_at_midnight_where_the_site_is(
    site: Site, zone: str, moments: Sequence[str], days: Sequence[str]
) -> None:
    move(site, zone)
    messages_at(site, *moments)

    assert by_day(site) == dict.fromkeys(days, 1)


def test_a_site_without_settings_lives_by_the_clock_of_the_installation(
    site: Site, settings: LazySettings
) -> None:
    settings.TIME_ZONE = "Asia/Kolkata"
    messages_at(site, "2026-03-01T18:30:00")

    assert clock_of(site).key == "Asia/Kolkata"
    assert by_day(site) == {"2026-03-02": 1}
    assert today(site, datetime(2026, 3, 1, 19, tzinfo=UTC)) == date(2026, 3, 2)


def test_the_day_on_which_clocks_go_forward_has_23_hours(site: Site) -> None:
    move(site, "Europe/Berlin")
    begin = datetime(2026, 3, 28, 22, 30, tzinfo=UTC)
    messages_at(site, *[(begin + timedelta(hours=hour)).isoformat()[:19] for hour in range(26)])

    assert by_day(site) == {"2026-03-28": 1, "2026-03-29": 23, "2026-03-30": 2}
    hours = by_hour(site, "2026-03-29")
    assert hours == {str(hour): 1 for hour in range(24) if hour != 2}


def test_the_day_on_which_clocks_go_back_has_25_hours_and_one_of_them_twice(site: Site) -> None:
    move(site, "Europe/Berlin")
    begin = datetime(2026, 10, 24, 21, 30, tzinfo=UTC)
    messages_at(site, *[(begin + timedelta(hours=hour)).isoformat()[:19] for hour in range(27)])

    assert by_day(site) == {"2026-10-24": 1, "2026-10-25": 25, "2026-10-26": 1}
    hours = by_hour(site, "2026-10-25")
    assert hours == {str(hour): 2 if hour == 2 else 1 for hour in range(24)}
    period = Period(date(2026, 10, 25), date(2026, 10, 25))
    assert sum(row.conversations for row in reading.by_value(site, period, "hour").values()) == 25


def test_another_clock_counts_everything_anew(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped_clock(monkeypatch, datetime(2026, 3, 5, tzinfo=UTC))
    messages_at(site, "2026-03-01T20:00:00")
    refresh()
    move(site, "Asia/Kolkata")

    assert [str(row.day) for row in DailyFigures.objects.filter(dimension="all")] == ["2026-03-01"]
    refresh()
    assert [str(row.day) for row in DailyFigures.objects.filter(dimension="all")] == ["2026-03-02"]
    assert CountedSite.objects.get().time_zone == "Asia/Kolkata"


def test_an_empty_site_has_figures_of_nothing(site: Site) -> None:
    visitor, _secret = Visitor.objects.register(site)
    Conversation.objects.create(site=site, visitor=visitor)

    refresh()

    assert recount(site) == 0
    assert not DailyFigures.objects.exists()
    assert reading.totals(site, ALWAYS).is_empty
    week = Period(date(2026, 3, 1), date(2026, 3, 7))
    assert [totals.is_empty for totals in reading.by_day(site, week).values()] == [True] * 7
    assert len(reading.by_value(site, week, "hour")) == 24
    assert reading.by_value(site, week, "label") == {}
    assert reading.refreshed_at(site) is not None


def test_a_conversation_counts_on_the_day_of_its_first_message_though_it_was_opened_before(
    site: Site,
) -> None:
    conversation = talk_at(site, datetime(2026, 3, 4, tzinfo=UTC), (("visitor", 0),))
    Conversation.objects.filter(pk=conversation.pk).update(created_at=datetime(2026, 3, 1, tzinfo=UTC))
    say_at(conversation, "visitor", datetime(2026, 3, 6, tzinfo=UTC))

    recount(site)

    days = DailyFigures.objects.filter(dimension="all").order_by("day")
    assert [(row.day.day, row.conversations, row.messages) for row in days] == [(4, 1, 1), (6, 0, 1)]


@pytest.mark.parametrize("text", ["x" * 10_000, "😀" * 10_000, "🙂", "‮abc"])
def test_no_text_is_too_odd_to_be_counted(site: Site, text: str) -> None:
    conversation = talk_at(site, datetime(2026, 3, 4, tzinfo=UTC), ANSWERED)
    conversation.messages.update(text=text)

    assert (counted(site).messages, counted(site).resolved) == (1, 1)


def test_the_period_before_is_as_long_and_ends_the_day_before() -> None:
    march = Period(date(2026, 3, 1), date(2026, 3, 31))

    assert march.before() == Period(date(2026, 1, 29), date(2026, 2, 28))
    assert Period.ending(date(2026, 3, 31), 31) == march
    assert len(list(march)) == len(march) == 31
    with pytest.raises(ValueError):
        Period(date(2026, 3, 2), date(2026, 3, 1))


def test_values_have_names_that_people_know(site: Site) -> None:
    label = site.labels.create(name="vip")

    assert reading.value_names(site, "label", [str(label.pk), "999"]) == {str(label.pk): "vip"}
    assert reading.value_names(site, "hour", ["7"]) == {"7": "07:00"}
    assert reading.value_names(site, "language", ["", "zh-hans"])[""] == "Not known"


def test_the_command_counts_the_days_that_it_is_asked_for(
    site: Site, other_site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    for place in (site, other_site):
        messages_at(place, "2026-03-01T12:00:00", "2026-03-02T12:00:00", "2026-03-03T12:00:00")

    call_command("recount", site="lumen", first=date(2026, 3, 2))

    assert capsys.readouterr().out == "lumen: counted 2 days\n"
    rows = DailyFigures.objects.filter(dimension="all")
    assert sorted((row.site_id, str(row.day)) for row in rows) == [
        (site.pk, "2026-03-02"),
        (site.pk, "2026-03-03"),
    ]
    call_command("recount")
    assert DailyFigures.objects.filter(dimension="all").count() == 6


@pytest.mark.parametrize("options", [["--site", "nobody"], ["--first", "2026-03-02", "--last", "2026-03-01"]])
def test_the_command_says_what_is_wrong(site: Site, options: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("recount", *options)
