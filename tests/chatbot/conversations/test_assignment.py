"""Who is there, who gets the next conversation, and when the office is open."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import Membership, Site, User
from chatbot.conversations import closing, handover, presence
from chatbot.conversations.models import Conversation, HandoffSettings, Holiday, OpeningTime, Presence
from tests.chatbot.conversations.talks import begun

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def team(site: Site) -> list[User]:
    people = [User.objects.create_user(name) for name in ("ada", "bo", "cy")]
    for person in people:
        Membership.objects.create(user=person, site=site, role=Membership.Role.OPERATOR)
        presence.beat(person)
    return people


def _asked(site: Site) -> Conversation:
    conversation = begun(site)
    handover.request_person(conversation, Conversation.Reason.VISITOR)
    conversation.refresh_from_db()
    return conversation


def test_each_gets_one_in_turn(site: Site, team: list[User]) -> None:
    got = [_asked(site).assignee for _ in range(6)]

    assert got == team * 2


def test_nobody_gets_more_than_fits(site: Site, team: list[User]) -> None:
    HandoffSettings.objects.create(site=site, capacity=1)
    Presence.objects.filter(user=team[0]).update(capacity=2)
    got = [_asked(site).assignee for _ in range(5)]

    assert got == [*team, team[0], None]


def test_who_is_away_or_busy_or_of_another_site_gets_nothing(
    site: Site, team: list[User], viewer: User, stranger: User
) -> None:
    presence.beat(viewer)
    presence.beat(stranger)
    presence.set_available(team[0], False)
    presence.leave(team[1])
    Presence.objects.filter(user=team[2]).update(last_seen=timezone.now() - timedelta(minutes=2))

    assert _asked(site).assignee is None
    assert not presence.anybody_there(site.pk)


def test_what_waits_goes_to_who_comes(site: Site, operator: User) -> None:
    HandoffSettings.objects.create(site=site, capacity=1)
    first, second = _asked(site), _asked(site)
    presence.beat(operator)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.assignee, second.assignee) == (operator, None)
    closing.close(first, by="operator")
    presence.beat(operator)
    second.refresh_from_db()

    assert second.assignee == operator


def test_a_site_may_do_without_automatic_assignment(site: Site, team: list[User]) -> None:
    HandoffSettings.objects.create(site=site, assign_automatically=False)
    conversation = _asked(site)
    presence.beat(team[0])
    conversation.refresh_from_db()

    assert conversation.assignee is None


@pytest.fixture
def office(site: Site) -> HandoffSettings:
    """In Berlin, open on weekdays from 9 to 17 and on Saturday night, closed on one Wednesday."""
    office = HandoffSettings.objects.create(site=site, time_zone="Europe/Berlin")
    for weekday in range(5):
        OpeningTime.objects.create(settings=office, weekday=weekday, opens=time(9), closes=time(17))
    OpeningTime.objects.create(settings=office, weekday=5, opens=time(22), closes=time(0))
    Holiday.objects.create(settings=office, date=date(2026, 7, 15))
    return office


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-07-13T07:00", "2026-07-13T07:00"),  # Monday at 9 in Berlin, in summer
        ("2026-07-13T06:59", "2026-07-13T07:00"),
        ("2026-07-13T15:00", "2026-07-14T07:00"),
        ("2026-07-14T15:00", "2026-07-16T07:00"),  # over the holiday
        ("2026-07-18T21:59", "2026-07-18T21:59"),  # Saturday before midnight in Berlin
        ("2026-07-18T22:00", "2026-07-20T07:00"),
        ("2026-01-12T07:30", "2026-01-12T08:00"),  # in winter
    ],
)
def test_the_office_opens_by_the_clock_of_its_place(office: HandoffSettings, now: str, opens: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)

    assert office.opens_at(moment) == datetime.fromisoformat(opens).replace(tzinfo=UTC)


def test_an_office_without_hours_is_always_open(site: Site) -> None:
    now = timezone.now()

    assert HandoffSettings.objects.of(site.pk).opens_at(now) == now


def test_outside_the_hours_the_visitor_hears_when_it_opens(
    office: HandoffSettings, site: Site, operator: User
) -> None:
    OpeningTime.objects.filter(settings=office).delete()
    tomorrow = timezone.now() + timedelta(days=1)
    OpeningTime.objects.create(
        settings=office, weekday=(tomorrow + timedelta(days=1)).weekday(), opens=time(9), closes=time(17)
    )
    presence.beat(operator)
    asked = _asked(site).events.get(kind="handoff.requested").payload

    assert asked["online"] is False
    assert datetime.fromisoformat(asked["opens_at"]) > timezone.now()


def test_wrong_settings_are_refused(site: Site) -> None:
    for wrong in ({"time_zone": "Mars/Olympus"}, {"words": "human"}, {"words": [""]}, {"lowest_score": 2.0}):
        with pytest.raises(ValidationError):
            HandoffSettings(site=site, **wrong).full_clean()
    with pytest.raises(ValidationError):
        OpeningTime(weekday=0, opens=time(17), closes=time(9)).clean()
