"""The weekly report: when it is sent, what is in it, and that it comes once."""

import struct
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import LazySettings

from accounts.models import Site, User
from chatbot.analytics.dispatching import deliver_due
from chatbot.analytics.models import DailyFigures, Dispatch, Report, ReportSettings
from chatbot.analytics.reports import making
from chatbot.analytics.reports.pictures import NAMES
from chatbot.conversations.models import HandoffSettings
from tests.chatbot.analytics.mail_server import MailServer

pytestmark = pytest.mark.django_db

# A Monday, eight o'clock.
MONDAY = datetime(2026, 3, 16, 8, tzinfo=UTC)


@pytest.fixture
def weekly(site: Site, owner: User) -> ReportSettings:
    """The site's report, on: Mondays at eight, to the owner."""
    User.objects.filter(pk=owner.pk).update(email="owner@lamps.example")
    return ReportSettings.objects.create(site=site, is_enabled=True, enabled_at=MONDAY - timedelta(days=60))


def count(site: Site, first: date, days: int, **columns: object) -> None:
    DailyFigures.objects.bulk_create(
        [
            DailyFigures(site=site, dimension="all", day=first + timedelta(days=number), **columns)
            for number in range(days)
        ]
    )


def two_weeks(site: Site) -> None:
    """Two weeks of figures, of which the second has twice the conversations."""
    rest = {"ended": 10, "answers": 30, "negative": 5, "neutral": 10, "positive": 5, "messages": 40}
    count(site, date(2026, 3, 2), 7, conversations=10, resolved=5, handed_over=2, **rest)
    count(site, date(2026, 3, 9), 7, conversations=20, resolved=8, handed_over=2, **rest)


def test_the_report_is_off_until_somebody_turns_it_on(site: Site) -> None:
    ReportSettings.objects.create(site=site)

    assert making.queue_due(MONDAY) == 0


def test_the_mail_has_figures_pictures_and_a_table(
    site: Site, weekly: ReportSettings, mails: MailServer
) -> None:
    two_weeks(site)
    making.queue_due(MONDAY)

    assert making.make_waiting() == 1
    assert deliver_due() == 1

    (mail,) = mails.mails
    assert mails.recipients == ["owner@lamps.example"]
    assert mails.subjects() == ["Weekly report of Lumen Lamps, 03/09/2026 – 03/15/2026"]
    text, page = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert "Conversations: 140 (Week before: 70; Change: +100 %)" in text
    assert "Resolved by the assistant: 80.0 % (Week before: 50.0 %; Change: +30.0 points)" in text
    for words in ("+100 %", "+30.0 points", "80.0 %", "Mon, Mar 9", "25.0 %"):
        assert words in page
    assert "first=2026-03-09&amp;last=2026-03-15" in page and "first=2026-03-09&last=2026-03-15" in text
    assert "color-scheme" in page and "prefers-color-scheme: dark" in page


def test_the_pictures_are_inside_the_mail_and_have_words(
    site: Site, weekly: ReportSettings, mails: MailServer
) -> None:
    two_weeks(site)
    making.queue_due(MONDAY)
    making.make_waiting()
    deliver_due()

    (mail,) = mails.mails
    page = mail.get_body(("html",)).get_content()
    images = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert mail.get_content_type() == "multipart/related"
    assert len(images) == len(NAMES)
    for image in images:
        assert f'src="cid:{image["Content-ID"].strip("<>")}"' in page
        png = image.get_content()
        width, height = struct.unpack(">II", png[16:24])
        assert png.startswith(b"\x89PNG") and width == 1200 and height > 300
    assert 'alt="Conversations a day. Conversations: from 20 to 20 a day. The table below has all."' in page


def test_an_empty_site_gets_a_report_that_says_so(
    site: Site, weekly: ReportSettings, mails: MailServer
) -> None:
    making.queue_due(MONDAY)
    making.make_waiting()
    deliver_due()

    (mail,) = mails.mails
    assert "Nobody wrote in this week." in mail.get_body(("plain",)).get_content()
    assert "nothing was counted" in mail.get_body(("html",)).get_content()


def test_it_is_in_the_chosen_language(site: Site, weekly: ReportSettings, mails: MailServer) -> None:
    two_weeks(site)
    ReportSettings.objects.update(language="zh-hans")
    making.queue_due(MONDAY)
    making.make_waiting()
    deliver_due()

    (mail,) = mails.mails
    page = mail.get_body(("html",)).get_content()
    assert "每周报告" in mails.subjects()[0]
    assert 'lang="zh-hans"' in page and "由助手解决" in page


def test_two_workers_send_it_once(site: Site, weekly: ReportSettings, mails: MailServer) -> None:
    assert [making.queue_due(MONDAY), making.queue_due(MONDAY + timedelta(seconds=10))] == [1, 0]
    assert [making.make_waiting(), making.make_waiting()] == [1, 0]
    assert [deliver_due(), deliver_due()] == [1, 0]

    assert len(mails.mails) == 1


def test_a_report_that_a_worker_died_over_is_made_by_the_next(
    site: Site, weekly: ReportSettings, mails: MailServer
) -> None:
    making.queue_due(MONDAY)
    assert Report.objects.claim_next(MONDAY) is not None
    assert Report.objects.claim_next(MONDAY) is None

    # Its claim ran out long ago.
    assert making.make_waiting() == 1


def test_after_downtime_the_newest_week_comes_late_and_no_other(site: Site, weekly: ReportSettings) -> None:
    assert making.queue_due(MONDAY) == 1

    wednesday = MONDAY + timedelta(days=23)
    assert [making.queue_due(wednesday), making.queue_due(wednesday)] == [1, 0]
    assert list(Report.objects.order_by("last").values_list("last", flat=True)) == [
        *(date(2026, 3, 15), date(2026, 4, 5)),
    ]


def test_turning_it_on_does_not_send_the_weeks_before(site: Site, weekly: ReportSettings) -> None:
    ReportSettings.objects.update(enabled_at=MONDAY + timedelta(hours=1))

    assert making.queue_due(MONDAY + timedelta(hours=2)) == 0
    assert making.queue_due(MONDAY + timedelta(days=7)) == 1


@pytest.mark.parametrize(
    ("hour", "sunday", "expected"),
    [
        # Clocks go on from 2:00 to 3:00 on 29 March 2026, and back from 3:00 to 2:00 on 25 October.
        (2, date(2026, 3, 29), datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        (2, date(2026, 10, 25), datetime(2026, 10, 25, 0, 0, tzinfo=UTC)),
        (8, date(2026, 3, 29), datetime(2026, 3, 29, 6, 0, tzinfo=UTC)),
        (8, date(2026, 10, 25), datetime(2026, 10, 25, 7, 0, tzinfo=UTC)),
    ],
)
def test_a_change_of_the_clock_sends_it_once(
    hour: int, sunday: date, expected: datetime, site: Site, weekly: ReportSettings
) -> None:
    HandoffSettings.objects.create(site=site, time_zone="Europe/Berlin")
    ReportSettings.objects.update(weekday=6, hour=hour, enabled_at=None)
    made = []
    moment = datetime.combine(sunday - timedelta(days=1), datetime.min.time(), ZoneInfo("Europe/Berlin"))
    moment = moment.astimezone(UTC)
    # The week before is made up for first.
    making.queue_due(moment)
    for _quarter in range(4 * 72):
        moment += timedelta(minutes=15)
        if making.queue_due(moment):
            made.append(moment)

    assert made == [expected]


def test_a_report_without_addresses_says_that_nobody_gets_it(site: Site, weekly: ReportSettings) -> None:
    User.objects.update(email="")
    making.queue_due(MONDAY)
    making.make_waiting()

    assert "no address" in Report.objects.get().error
    assert not Dispatch.objects.exists()


def test_the_web_process_starts_without_matplotlib(settings: LazySettings) -> None:
    code = (
        "import django; django.setup(); import chatbot.urls, sys;"
        "print([name for name in sys.modules if name.startswith('matplotlib')])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code],
        cwd=settings.BASE_DIR,
        env={"DJANGO_SETTINGS_MODULE": "chatbot.settings", "DATA_DIR": str(settings.DATA_DIR)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.strip() == "[]"
