"""What people and programs read about alerts: a mail in the reader's language, and a signed request.

Neither holds a word of a visitor.
"""

from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chatbot.analytics.alerts import taken_back, wording
from chatbot.analytics.alerts.metrics import Metric
from chatbot.analytics.mail_style import mail_style
from chatbot.analytics.models import AlertEvent, Dispatch, WatchSettings
from chatbot.analytics.periods import clock_of
from chatbot.signed_posting import Attempt, prepared

KIND = "alerts.changed"


def as_mail(dispatch: Dispatch) -> EmailMultiAlternatives:
    """Return the mail that tells the dispatch's notice, as text and as HTML."""
    if dispatch.notice is not None and dispatch.notice.taken_back:
        return taken_back.as_mail(dispatch, dispatch.notice.taken_back)
    events = _events(dispatch)
    with (
        translation.override(dispatch.language or settings.LANGUAGE_CODE),
        timezone.override(clock_of(dispatch.site)),
    ):
        subject = _subject(dispatch, events)
        context = {
            "site": dispatch.site,
            "items": [_item(event) for event in events],
            "link": settings.PUBLIC_URL + reverse("analytics:alert_list") + f"?site={dispatch.site_id}",
            "language": dispatch.language or settings.LANGUAGE_CODE,
            "style": mail_style(),
            "subject": subject,
        }
        mail = EmailMultiAlternatives(
            subject,
            render_to_string("analytics/mail/alerts.txt", context),
            None,
            [dispatch.address],
            headers={"Auto-Submitted": "auto-generated"},
        )
        mail.attach_alternative(render_to_string("analytics/mail/alerts.html", context), "text/html")
    return mail


def as_request(dispatch: Dispatch) -> Attempt | None:
    """Return the signed request that tells the notice; None where the site names no such address any more."""
    watch = WatchSettings.objects.filter(site=dispatch.site_id, webhook_url=dispatch.address).first()
    if watch is None or dispatch.notice is None:
        return None
    kind = taken_back.KIND if dispatch.notice.taken_back else KIND
    content: dict[str, Any] = {
        "id": dispatch.public_id,
        "kind": kind,
        "site": dispatch.site.public_key,
        "created_at": dispatch.notice.created_at.isoformat(),
    }
    if dispatch.notice.taken_back:
        content["model"] = dispatch.notice.taken_back
    else:
        content["alerts"] = [_told(event) for event in _events(dispatch)]
    return prepared(dispatch.address, watch.secret, content, delivery=dispatch.public_id, kind=kind)


def _events(dispatch: Dispatch) -> list[AlertEvent]:
    return list(AlertEvent.objects.filter(notice=dispatch.notice_id).select_related("alert__rule"))


def _subject(dispatch: Dispatch, events: list[AlertEvent]) -> str:
    names = " ".join(dispatch.site.name.split())
    if len(events) == 1:
        words = {"site": names, "metric": str(events[0].alert)}
        if events[0].kind == AlertEvent.Kind.OPENED:
            return _("%(site)s: %(metric)s – an alert opened") % words
        return _("%(site)s: %(metric)s – the alert closed") % words
    opened = sum(event.kind == AlertEvent.Kind.OPENED for event in events)
    if opened:
        counts: dict[str, str | int] = {"site": names, "number": opened}
        return (
            ngettext("%(site)s: %(number)d alert opened", "%(site)s: %(number)d alerts opened", opened)
            % counts
        )
    counts = {"site": names, "number": len(events)}
    return (
        ngettext("%(site)s: %(number)d alert closed", "%(site)s: %(number)d alerts closed", len(events))
        % counts
    )


def _item(event: AlertEvent) -> dict[str, Any]:
    alert = event.alert
    return {
        "event": event,
        "alert": alert,
        "is_opening": event.kind == AlertEvent.Kind.OPENED,
        "sentence": wording.sentence(alert),
        "worst": wording.shown(Metric(alert.rule.metric), alert.worst),
        "link": _address(event),
    }


def _told(event: AlertEvent) -> dict[str, Any]:
    alert = event.alert
    return {
        "id": alert.public_id,
        "what": "opened" if event.kind == AlertEvent.Kind.OPENED else "closed",
        "metric": alert.rule.metric,
        "rule": alert.rule.kind,
        "unit": alert.rule.unit,
        "value": alert.value,
        "worst": alert.worst,
        "baseline": alert.baseline,
        "threshold": alert.rule.threshold if alert.rule.kind == "threshold" else None,
        "sample": alert.sample,
        "opened_at": alert.opened_at.isoformat(),
        "closed_at": alert.closed_at.isoformat() if alert.closed_at else None,
        "url": _address(event),
    }


def _address(event: AlertEvent) -> str:
    return settings.PUBLIC_URL + reverse("analytics:alert", args=[event.alert.public_id])
