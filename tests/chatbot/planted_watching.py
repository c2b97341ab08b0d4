"""Rows of alerts and reports on a site, each with the word that says what kind it is."""

from collections.abc import Callable
from datetime import timedelta

from django.db.models import Model
from django.utils import timezone

from accounts.models import Site
from chatbot.analytics.models import (
    Alert,
    AlertEvent,
    AlertRule,
    Dispatch,
    Notice,
    Report,
    ReportPicture,
    ReportSettings,
    WatchSettings,
)

# These hold numbers, moments and pictures.
WITHOUT_WORDS = {
    *("analytics.AlertRule", "analytics.Alert", "analytics.Notice", "analytics.ReportPicture"),
}


def plant_watching(site: Site, secret: Callable[[type[Model]], str]) -> list[Model]:
    """Make an open alert of which nobody was told, and a test of a report; `secret` gives the words."""
    now = timezone.now()
    rule = AlertRule.objects.create(site=site, metric="failed", kind="threshold", threshold=10.0)
    alert = Alert.objects.create(
        site=site, rule=rule, began_at=now, opened_at=now, value=50.0, worst=50.0, sample=60
    )
    notice = Notice.objects.create(site=site, created_at=now)
    event = AlertEvent.objects.create(
        alert=alert, kind="note", text=secret(AlertEvent), created_at=now, notice=notice
    )
    report = Report.objects.create(
        **{"site": site, "kind": "test", "language": "en", "state": "failed", "error": secret(Report)},
        first=now.date() - timedelta(days=7),
        last=now.date() - timedelta(days=1),
        created_at=now,
    )
    return [
        *(rule, alert, notice, event, report),
        ReportPicture.objects.create(report=report, name="conversations", png=b"\x89PNG"),
        ReportSettings.objects.create(site=site, addresses=[f"{secret(ReportSettings)}@mail.example"]),
        WatchSettings.objects.create(site=site, addresses=[f"{secret(WatchSettings)}@mail.example"]),
        Dispatch.objects.create(
            site=site, notice=notice, channel="mail", address=secret(Dispatch), status="failed"
        ),
    ]
