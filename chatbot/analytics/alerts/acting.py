"""What a person does about an alert: each act with its line in the history and its entry in the record."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.audit import record
from accounts.models import User
from chatbot.analytics.models import Alert, AlertEvent, AlertRule


@transaction.atomic
def acknowledge(alert: Alert, by: User, text: str, *, network: str = "") -> bool:
    """Say that `by` looks after the alert; returns False when it is not open any more."""
    changed = Alert.objects.filter(pk=alert.pk, state=Alert.State.OPEN).update(
        state=Alert.State.ACKNOWLEDGED, acknowledged_by=by
    )
    if changed:
        _note(alert, AlertEvent.Kind.ACKNOWLEDGED, by, text)
        record("alert.acknowledged", by=by, site=alert.site, about=alert, network=network)
    return bool(changed)


@transaction.atomic
def add_note(alert: Alert, by: User, text: str) -> None:
    """Write a line into the alert's history."""
    _note(alert, AlertEvent.Kind.NOTE, by, text)


@transaction.atomic
def mute(alert: Alert, until: datetime, by: User, *, network: str = "") -> None:
    """Tell nobody of the alert's rule until a moment, of what waits to be told neither."""
    AlertRule.objects.filter(pk=alert.rule_id).update(muted_until=until)
    AlertEvent.objects.filter(alert__rule=alert.rule_id, tell_at__isnull=False).update(tell_at=None)
    _note(alert, AlertEvent.Kind.MUTED, by, until.isoformat(timespec="minutes"))
    record("alert.muted", by=by, site=alert.site, about=alert, network=network, until=until.isoformat())


@transaction.atomic
def unmute(alert: Alert, by: User, *, network: str = "") -> None:
    """Tell people of the alert's rule again."""
    AlertRule.objects.filter(pk=alert.rule_id).update(muted_until=None)
    _note(alert, AlertEvent.Kind.UNMUTED, by, "")
    record("alert.unmuted", by=by, site=alert.site, about=alert, network=network)


def _note(alert: Alert, kind: AlertEvent.Kind, by: User, text: str) -> None:
    alert.events.create(kind=kind, by=by, text=text, created_at=timezone.now())
