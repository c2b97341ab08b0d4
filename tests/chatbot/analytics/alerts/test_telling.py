"""What people and programs are told of alerts, over a real mail server and a real receiver."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import Membership, Site, User
from chatbot.analytics.dispatching import deliver_due
from chatbot.analytics.models import Alert, AlertRule, Dispatch, WatchSettings
from chatbot.analytics.tasks import forget_old_messages
from chatbot.signed_posting import signature
from tests.chatbot.analytics.alerts.hours import NOON, count, look, usual_weeks
from tests.chatbot.analytics.mail_server import MailServer
from tests.chatbot.operators.receivers import Receiver, receiver

pytestmark = pytest.mark.django_db


@pytest.fixture
def hook(settings: LazySettings) -> Iterator[Receiver]:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with receiver() as found:
        yield found


@pytest.fixture
def told(site: Site, owner: User, operator: User) -> WatchSettings:
    User.objects.filter(pk=owner.pk).update(email="owner@lamps.example")
    User.objects.filter(pk=operator.pk).update(email="operator@lamps.example")
    return WatchSettings.objects.create(site=site)


def fail(site: Site) -> Alert:
    """Let answers fail until the alert is open."""
    count(site, NOON, failed=30, answers=30)
    look(3, NOON)
    return Alert.objects.get(rule__metric="failed")


def due_now() -> None:
    Dispatch.objects.filter(status="waiting").update(next_attempt_at=timezone.now())


def test_owners_get_a_mail_of_text_and_html(site: Site, told: WatchSettings, mails: MailServer) -> None:
    alert = fail(site)

    assert deliver_due() == 1

    (mail,) = mails.mails
    assert mails.recipients == ["owner@lamps.example"]
    assert mails.subjects() == ["Lumen Lamps: Failed answers – an alert opened"]
    text = mail.get_body(("plain",)).get_content()
    page = mail.get_body(("html",)).get_content()
    for part in (text, page):
        assert "50.0 % of 60, above the threshold of 10.0 %" in part
        assert f"/admin/analytics/alerts/{alert.public_id}/" in part
    assert 'lang="en"' in page and "prefers-color-scheme: dark" in page
    assert [(sent.status, sent.attempts) for sent in Dispatch.objects.all()] == [("delivered", 1)]
    assert deliver_due() == 0


def test_the_mail_is_in_the_chosen_language(site: Site, told: WatchSettings, mails: MailServer) -> None:
    WatchSettings.objects.update(language="zh-hans", roles=[], addresses=["duty@lamps.example"])
    fail(site)

    deliver_due()

    (mail,) = mails.mails
    assert mails.recipients == ["duty@lamps.example"]
    assert "失败的回答" in mails.subjects()[0]
    assert "阈值" in mail.get_body(("plain",)).get_content()


def test_everybody_with_a_chosen_role_gets_it_once(
    site: Site, told: WatchSettings, mails: MailServer, stranger: User
) -> None:
    User.objects.filter(pk=stranger.pk).update(email="stranger@other.example")
    roles = [Membership.Role.OWNER.value, Membership.Role.OPERATOR.value]
    WatchSettings.objects.update(roles=roles, addresses=["Owner@lamps.example", "duty@lamps.example"])
    fail(site)

    deliver_due()

    assert sorted(mails.recipients) == [
        *("duty@lamps.example", "operator@lamps.example", "owner@lamps.example"),
    ]


def test_a_mail_that_is_refused_is_tried_again(site: Site, told: WatchSettings, mails: MailServer) -> None:
    mails.refusal = "450 come back later"
    fail(site)

    assert deliver_due() == 1
    waiting = Dispatch.objects.get()
    assert (waiting.status, waiting.attempts) == ("waiting", 1)
    assert "come back later" in waiting.error
    assert deliver_due() == 0

    mails.refusal = ""
    due_now()
    assert deliver_due() == 1
    assert Dispatch.objects.get().status == "delivered"


def test_a_mail_that_nobody_takes_for_a_day_has_failed(
    site: Site, told: WatchSettings, mails: MailServer
) -> None:
    mails.refusal = "550 unknown"
    fail(site)
    Dispatch.objects.update(due_since=timezone.now() - timedelta(days=2))

    deliver_due()

    assert Dispatch.objects.get().status == "failed"


def test_without_a_mail_server_the_log_says_so(site: Site, told: WatchSettings) -> None:
    fail(site)

    deliver_due()

    dispatch = Dispatch.objects.get()
    assert dispatch.status == "failed"
    assert "EMAIL_URL" in dispatch.error


def test_a_webhook_is_told_and_can_check_the_signature(
    site: Site, told: WatchSettings, hook: Receiver
) -> None:
    WatchSettings.objects.update(sends_mail=False, webhook_url=hook.url)
    alert = fail(site)

    assert deliver_due() == 1

    ((headers, body),) = hook.received
    content = json.loads(body)
    (item,) = content["alerts"]
    assert (content["kind"], content["site"]) == ("alerts.changed", "lumen")
    assert (item["what"], item["metric"], item["value"], item["id"]) == (
        *("opened", "failed", 50.0),
        alert.public_id,
    )
    moment = int(headers["Parley-Signature"].split(",")[0].removeprefix("t="))
    secret = WatchSettings.objects.get().secret
    assert headers["Parley-Signature"] == signature(secret, body, moment)


def test_private_addresses_are_refused_for_good(
    site: Site, told: WatchSettings, settings: LazySettings
) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    WatchSettings.objects.update(sends_mail=False, webhook_url="https://127.0.0.1/hook")
    fail(site)
    told.webhook_url = "https://127.0.0.1/hook"

    deliver_due()

    assert Dispatch.objects.get().status == "failed"
    with pytest.raises(ValidationError):
        told.full_clean()


def test_several_alerts_at_once_are_one_digest(site: Site, told: WatchSettings, mails: MailServer) -> None:
    usual_weeks(site, negative=6, neutral=50, positive=4)
    count(site, NOON, failed=30, answers=30, negative=50, neutral=6, positive=4)
    look(3, NOON)

    deliver_due()

    (mail,) = mails.mails
    assert mails.subjects() == ["Lumen Lamps: 2 alerts opened"]
    text = mail.get_body(("plain",)).get_content()
    assert "Failed answers" in text and "Negative messages" in text


def test_a_name_cannot_bring_a_header_along(site: Site, told: WatchSettings, mails: MailServer) -> None:
    Site.objects.update(name="Lamps\r\nBcc: thief@evil.example <b>")
    fail(site)

    deliver_due()

    (mail,) = mails.mails
    assert mail["Bcc"] is None
    assert "<b>" not in mail.get_body(("html",)).get_content()


def test_the_log_forgets_after_ninety_days(site: Site, told: WatchSettings, mails: MailServer) -> None:
    fail(site)
    deliver_due()
    Dispatch.objects.update(created_at=timezone.now() - timedelta(days=91))

    forget_old_messages()

    assert not Dispatch.objects.exists()
    assert AlertRule.objects.exists()
