"""Making reports: the worker gathers the figures, draws the pictures and queues the mails."""

import logging
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import Site, User
from chatbot.analytics.models import Dispatch, Report, ReportPicture, ReportSettings
from chatbot.analytics.periods import Period, clock_of, today
from chatbot.analytics.reports import gathering, pictures

logger = logging.getLogger(__name__)

_MOST_ATTEMPTS = 5
_AT_ONCE = 20


def queue_due(now: datetime | None = None) -> int:
    """Queue the report of every site whose hour has come, once each; return how many those were.

    After downtime the newest one is made up for, late, and no older one.
    """
    now = now or timezone.now()
    queued = 0
    for settings in ReportSettings.objects.filter(is_enabled=True).select_related("site"):
        due, last = settings.newest_due(now, clock_of(settings.site))
        if settings.enabled_at is not None and due < settings.enabled_at:
            continue
        week = Period.ending(last, gathering.DAYS)
        _report, created = Report.objects.get_or_create(
            site=settings.site,
            last=week.last,
            kind=Report.Kind.WEEKLY,
            defaults={"first": week.first, "language": settings.mail_language, "created_at": now},
        )
        queued += created
    return queued


def ask(site: Site, kind: Report.Kind, by: User, language: str) -> Report:
    """Ask for a report of the last seven whole days: to look at, or to `by`'s address as a test."""
    now = timezone.now()
    week = Period.ending(today(site, now) - timedelta(days=1), gathering.DAYS)
    return Report.objects.create(
        site=site,
        kind=kind,
        first=week.first,
        last=week.last,
        language=language,
        asked_by=by,
        created_at=now,
    )


def make_waiting() -> int:
    """Make the reports that wait and return how many were ready; two workers make none twice."""
    made = 0
    for _number in range(_AT_ONCE):
        report = Report.objects.claim_next(timezone.now())
        if report is None:
            break
        made += _make(report)
    return made


def _make(report: Report) -> bool:
    try:
        content = gathering.gather(report.site, report.last)
        _keep(report, content, pictures.draw(content))
    except (DatabaseError, OSError, ValueError, MemoryError) as error:
        logger.exception("report %s was not made", report.public_id)
        is_last = report.attempts >= _MOST_ATTEMPTS
        Report.objects.filter(pk=report.pk).update(
            state=Report.State.FAILED if is_last else Report.State.WAITING,
            error=(str(error) or type(error).__name__)[:300],
        )
        return False
    return True


@transaction.atomic
def _keep(report: Report, content: dict[str, object], drawn: dict[str, bytes]) -> None:
    ReportPicture.objects.bulk_create(
        [ReportPicture(report=report, name=name, png=png) for name, png in drawn.items()]
    )
    addresses = _addresses(report)
    Dispatch.objects.bulk_create(
        [
            Dispatch(
                site=report.site,
                report=report,
                channel=Dispatch.Channel.MAIL,
                address=address,
                language=report.language,
            )
            for address in addresses
        ]
    )
    error = ""
    if report.kind != Report.Kind.PREVIEW and not addresses:
        with translation.override(report.language):
            error = _("Nobody gets it: there is no address.")
    Report.objects.filter(pk=report.pk).update(state=Report.State.READY, content=content, error=error)


def _addresses(report: Report) -> list[str]:
    if report.kind == Report.Kind.PREVIEW:
        return []
    if report.kind == Report.Kind.TEST:
        return [report.asked_by.email] if report.asked_by and report.asked_by.email else []
    settings = ReportSettings.objects.filter(site=report.site).first()
    return [recipient.address for recipient in settings.recipients()] if settings else []
