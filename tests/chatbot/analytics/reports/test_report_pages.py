"""The pages of the weekly report: turning it on, looking at it, and sending oneself a test."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, Site, User
from chatbot.analytics.dispatching import deliver_due
from chatbot.analytics.models import Dispatch, Report, ReportSettings
from chatbot.analytics.reports.making import make_waiting
from tests.chatbot.analytics.mail_server import MailServer

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(owner: User) -> Client:
    User.objects.filter(pk=owner.pk).update(email="owner@lamps.example")
    client = Client()
    client.force_login(User.objects.get(pk=owner.pk))
    return client


def test_it_is_off_by_default(client: Client, site: Site) -> None:
    page = client.get("/admin/analytics/reports/").content.decode()

    assert "Off" in page
    assert not ReportSettings.objects.get(site=site).is_enabled


def test_an_owner_turns_it_on_from_now_on(client: Client, site: Site) -> None:
    settings = ReportSettings.objects.create(site=site)
    page = reverse("admin:analytics_reportsettings_change", args=[settings.pk])
    form = {"is_enabled": "on", "weekday": "4", "hour": "17", "roles": ["owner"], "language": "zh-hans"}

    assert "hour" in client.post(page, {**form, "hour": "24"}).context["adminform"].form.errors
    client.post(page, {**form, "addresses": "boss@lamps.example"})

    settings.refresh_from_db()
    assert (settings.is_enabled, settings.weekday, settings.hour) == (True, 4, 17)
    assert settings.enabled_at is not None
    assert [one.address for one in settings.recipients()] == ["owner@lamps.example", "boss@lamps.example"]
    assert AuditEntry.objects.filter(kind="report.settings_changed").exists()


def test_a_preview_shows_progress_and_then_the_mail_and_goes_to_nobody(client: Client, site: Site) -> None:
    waiting = client.post(reverse("analytics:report_preview"), follow=True).content.decode()
    report = Report.objects.get()
    part = reverse("analytics:report", args=[report.public_id]) + "?part=1"
    assert "<progress" in waiting and part in waiting

    make_waiting()

    ready = client.get(part).content.decode()
    picture = reverse("analytics:report_picture", args=[report.public_id, "sentiment"])
    assert "<progress" not in ready and "hx-get" not in ready
    assert f'src="{picture}"' in ready and "Nobody wrote in this week." in ready
    assert 'style="' not in ready
    image = client.get(picture)
    assert image.headers["Content-Type"] == "image/png"
    assert image.content.startswith(b"\x89PNG")
    assert not Dispatch.objects.exists()


def test_a_test_goes_to_ones_own_address(client: Client, site: Site, mails: MailServer) -> None:
    ReportSettings.objects.create(site=site, addresses=["boss@lamps.example"])
    client.post(reverse("analytics:report_test"))
    make_waiting()
    deliver_due()

    assert mails.recipients == ["owner@lamps.example"]
    assert mails.subjects()[0].startswith("Test: weekly report of Lumen Lamps")
    page = client.get(reverse("analytics:report", args=[Report.objects.get().public_id]))
    assert "Delivered" in page.content.decode()


def test_without_a_mail_server_a_test_says_what_to_do(client: Client, site: Site) -> None:
    answer = client.post(reverse("analytics:report_test"), follow=True)

    assert "start Parley with EMAIL_URL" in answer.content.decode()
    assert not Report.objects.exists()


def test_without_an_address_a_test_says_so(client: Client, site: Site, mails: MailServer) -> None:
    User.objects.update(email="")

    answer = client.post(reverse("analytics:report_test"), follow=True)

    assert "Your account has no e-mail address" in answer.content.decode()


@pytest.mark.parametrize("name", ["viewer", "editor", "operator"])
def test_only_owners_see_reports(name: str, site: Site, request: pytest.FixtureRequest) -> None:
    client = Client()
    client.force_login(request.getfixturevalue(name))

    assert client.get("/admin/analytics/reports/").status_code == 403
    assert client.post(reverse("analytics:report_preview")).status_code == 403


def test_the_stranger_finds_no_report(client: Client, site: Site, stranger: User) -> None:
    client.post(reverse("analytics:report_preview"))
    make_waiting()
    report = Report.objects.get()
    other = Client()
    other.force_login(stranger)

    assert other.get(reverse("analytics:report", args=[report.public_id])).status_code == 404
    picture = reverse("analytics:report_picture", args=[report.public_id, "sentiment"])
    assert other.get(picture).status_code == 404
