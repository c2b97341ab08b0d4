"""Telling people that alerts opened and closed: everything that falls due together is one message.

An opening is told at once and a closing when it has lasted for a while. After a message the site's next one
waits ten minutes, and then tells all that came meanwhile: however much fails at once, there is no storm.
"""

from datetime import datetime, timedelta

from django.db import transaction

from chatbot.analytics.models import AlertEvent, Dispatch, Notice, WatchSettings

QUIET = timedelta(minutes=10)


@transaction.atomic
def announce(known: WatchSettings, now: datetime) -> Notice | None:
    """Make one notice of all events of the site that are due, and queue it for everybody who is to get it.

    Returns None when there is nothing to tell or the last message is too recent.
    """
    settings = WatchSettings.objects.select_for_update().select_related("site").get(pk=known.pk)
    if settings.told_at is not None and settings.told_at > now - QUIET:
        return None
    due = AlertEvent.objects.filter(alert__site=settings.site_id, tell_at__lte=now)
    events = list(due.values_list("pk", flat=True))
    if not events:
        return None
    notice = Notice.objects.create(site=settings.site, created_at=now)
    AlertEvent.objects.filter(pk__in=events).update(notice=notice, tell_at=None)
    Dispatch.objects.bulk_create(dispatches_of(settings, notice))
    settings.told_at = now
    settings.save(update_fields=["told_at"])
    return notice


def dispatches_of(settings: WatchSettings, notice: Notice) -> list[Dispatch]:
    """Return the notice's ways to everybody who is to get it, not stored yet."""
    found = []
    if settings.sends_mail:
        found += [
            Dispatch(
                site=settings.site,
                notice=notice,
                channel=Dispatch.Channel.MAIL,
                address=recipient.address,
                language=recipient.language,
            )
            for recipient in settings.recipients()
        ]
    if settings.webhook_url:
        found.append(
            Dispatch(
                site=settings.site,
                notice=notice,
                channel=Dispatch.Channel.WEBHOOK,
                address=settings.webhook_url,
            )
        )
    return found
