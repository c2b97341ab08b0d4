"""The pages of alerts: what people see, what they may do, and what a rule would have done."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Site, User
from chatbot.analytics.models import Alert, AlertRule, DailyFigures, Dispatch, WatchSettings
from tests.chatbot.analytics.alerts.hours import count
from tests.chatbot.planted_watching import plant_watching

pytestmark = pytest.mark.django_db


@pytest.fixture
def alert(site: Site) -> Alert:
    plant_watching(site, lambda kind: kind.__name__)
    return Alert.objects.get()


def browser(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def address(alert: Alert, action: str = "") -> str:
    name = f"analytics:alert_{action}" if action else "analytics:alert"
    return reverse(name, args=[alert.public_id])


def test_the_list_has_open_alerts_first(viewer: User, site: Site, alert: Alert) -> None:
    newer = Alert.objects.create(
        **{"site": site, "rule": alert.rule, "state": "closed", "value": 30.0, "worst": 30.0, "sample": 60},
        began_at=timezone.now() + timedelta(hours=1),
        opened_at=timezone.now() + timedelta(hours=1),
        closed_at=timezone.now() + timedelta(hours=2),
    )

    page = browser(viewer).get("/admin/analytics/alerts/").content.decode()

    assert page.index(alert.public_id) < page.index(newer.public_id)
    assert "50.0 % of 60, above the threshold of 10.0 %" in page
    assert "Alert rules</a>" not in page


def test_the_list_refreshes_itself_by_its_rows(viewer: User, alert: Alert) -> None:
    rows = browser(viewer).get("/admin/analytics/alerts/?rows=1").content.decode()

    assert alert.public_id in rows
    assert "<html" not in rows


def test_open_alerts_stand_on_other_pages_until_they_close(
    viewer: User, stranger: User, alert: Alert
) -> None:
    fragment = reverse("analytics:alerts")

    assert alert.public_id in browser(viewer).get(fragment).content.decode()
    assert alert.public_id in browser(viewer).get(f"{fragment}?site={alert.site_id}").content.decode()
    assert browser(stranger).get(fragment).content.strip() == b""
    assert browser(stranger).get(f"{fragment}?site={alert.site_id}").status_code == 404
    Alert.objects.update(state="closed", closed_at=timezone.now())
    assert browser(viewer).get(fragment).content.strip() == b""


def test_the_front_page_asks_for_open_alerts(viewer: User) -> None:
    assert f'hx-get="{reverse("analytics:alerts")}"' in browser(viewer).get("/admin/").content.decode()


def test_an_operator_looks_after_an_alert_with_a_note(operator: User, alert: Alert) -> None:
    client = browser(operator)

    client.post(address(alert, "acknowledge"), {"note": "The model server <b>is away</b>."})

    alert.refresh_from_db()
    assert (alert.state, alert.acknowledged_by) == ("acknowledged", operator)
    assert AuditEntry.objects.filter(kind="alert.acknowledged", actor_id=operator.pk).exists()
    page = client.get(address(alert)).content.decode()
    assert "The model server &lt;b&gt;is away&lt;/b&gt;." in page
    answer = client.post(address(alert, "acknowledge"), {"note": "Twice"}, follow=True)
    assert "It is not open any more." in answer.content.decode()


def test_an_empty_note_is_refused_on_the_page(operator: User, alert: Alert) -> None:
    answer = browser(operator).post(address(alert, "note"), {"note": " "})

    assert answer.status_code == 400
    assert "This field is required." in answer.content.decode()


def test_muting_has_an_end(operator: User, alert: Alert) -> None:
    client = browser(operator)
    client.post(address(alert, "mute"), {"hours": "4"})

    rule = AlertRule.objects.get()
    assert rule.is_muted(timezone.now() + timedelta(hours=3))
    assert not rule.is_muted(timezone.now() + timedelta(hours=5))
    assert client.post(address(alert, "mute"), {"hours": "9999"}).status_code == 400
    client.post(address(alert, "unmute"))
    assert AlertRule.objects.get().muted_until is None


@pytest.mark.parametrize("name", ["viewer", "editor"])
def test_who_does_not_answer_visitors_only_looks(
    name: str, alert: Alert, request: pytest.FixtureRequest
) -> None:
    client = browser(request.getfixturevalue(name))

    assert client.get(address(alert)).status_code == 200
    for action in ("acknowledge", "note", "mute", "unmute"):
        assert client.post(address(alert, action), {"note": "x", "hours": "1"}).status_code == 403


def test_the_stranger_finds_no_alert(stranger: User, alert: Alert) -> None:
    client = browser(stranger)

    assert client.get(address(alert)).status_code == 404
    assert client.post(address(alert, "acknowledge"), {"note": "x"}).status_code == 404


def test_hours_link_to_conversations_for_those_who_read_them(
    viewer: User, editor: User, site: Site, alert: Alert
) -> None:
    count(site, alert.began_at.replace(minute=0), failed=30, answers=30)

    assert "figure=failed" in browser(viewer).get(address(alert)).content.decode()
    assert "figure=failed" not in browser(editor).get(address(alert)).content.decode()


def test_a_failed_mail_is_on_the_alerts_page_and_is_sent_again(
    owner: User, viewer: User, alert: Alert
) -> None:
    Dispatch.objects.update(error="550 unknown")
    page = browser(owner).get(address(alert)).content.decode()
    assert "550 unknown" in page and "Failed" in page
    assert "550 unknown" not in browser(viewer).get(address(alert)).content.decode()

    again = reverse("analytics:send_again", args=[Dispatch.objects.get().public_id])
    assert browser(viewer).post(again).status_code == 404
    browser(owner).post(again)
    assert Dispatch.objects.get().status == "waiting"


def test_a_rule_tells_how_often_it_would_have_fired(owner: User, site: Site) -> None:
    day = timezone.now() - timedelta(days=3)
    count(site, day.replace(hour=11, minute=0), failed=30, answers=30)
    count(site, day.replace(hour=12, minute=0), failed=0, answers=600)
    rule = AlertRule.objects.create(site=site, metric="failed", kind="threshold", threshold=10.0)
    preview = reverse("admin:analytics_alertrule_preview", args=[rule.pk])
    terms = {
        **{"metric": "failed", "kind": "threshold", "smallest_change": "20", "smallest_sample": "10"},
        **{"hours": "3", "opens_after": "3", "closes_after": "6"},
    }
    client = browser(owner)

    assert "opened 1 alert." in client.get(preview).content.decode()
    assert "opened 0 alerts." in client.get(preview, {**terms, "threshold": "80"}).content.decode()
    assert "between 0 and 100" in client.get(preview, {**terms, "threshold": "200"}).content.decode()
    rule.refresh_from_db()
    assert rule.threshold == 10.0


def test_a_rule_is_changed_and_recorded_and_keeps_how_it_stands(owner: User, site: Site) -> None:
    rule = AlertRule.objects.create(site=site, metric="failed", kind="threshold", threshold=10.0)
    AlertRule.objects.update(bad_in_row=2)
    page = reverse("admin:analytics_alertrule_change", args=[rule.pk])
    terms = {
        **{"metric": "failed", "kind": "threshold", "smallest_change": "20", "smallest_sample": "10"},
        **{"hours": "3", "opens_after": "3", "closes_after": "6", "is_enabled": "on", "threshold": "25"},
    }

    browser(owner).post(page, terms)

    rule.refresh_from_db()
    assert (rule.threshold, rule.bad_in_row) == (25.0, 2)
    assert AuditEntry.objects.filter(kind="alert_rule.changed").exists()


def test_two_rules_of_the_same_kind_are_refused(owner: User, site: Site) -> None:
    AlertRule.objects.create(site=site, metric="failed", kind="threshold", threshold=10.0)
    answer = browser(owner).post(
        reverse("admin:analytics_alertrule_add"),
        {
            **{"site": site.pk, "metric": "failed", "kind": "threshold", "threshold": "20", "hours": "3"},
            **{"smallest_change": "20", "smallest_sample": "10", "opens_after": "3", "closes_after": "6"},
        },
    )

    assert answer.status_code == 200
    assert "There is such a rule on this site already." in answer.content.decode()


def test_who_is_told_takes_addresses_and_no_private_webhook(owner: User, site: Site) -> None:
    settings = WatchSettings.objects.create(site=site)
    page = reverse("admin:analytics_watchsettings_change", args=[settings.pk])
    form = {"is_enabled": "on", "sends_mail": "on", "roles": ["owner", "operator"], "language": ""}
    client = browser(owner)

    wrong = client.post(page, {**form, "addresses": "nobody", "webhook_url": "https://10.0.0.1/"})
    client.post(page, {**form, "addresses": "duty@lamps.example\n\n", "webhook_url": ""})

    said = wrong.content.decode()
    assert "“nobody” is no e-mail address." in said
    assert "webhook_url" in wrong.context["adminform"].form.errors
    settings.refresh_from_db()
    assert (settings.addresses, settings.roles) == (["duty@lamps.example"], ["owner", "operator"])


def test_an_alert_page_of_a_site_without_figures_is_whole(owner: User, alert: Alert) -> None:
    assert not DailyFigures.objects.exists()

    assert browser(owner).get(address(alert)).status_code == 200
