"""Sending what waits for people and programs: mails and signed requests about alerts, and reports by mail."""

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.utils import timezone
from django.utils.translation import gettext as _

from chatbot import signed_posting
from chatbot.analytics.alerts import telling
from chatbot.analytics.models import Dispatch
from chatbot.analytics.reports import composing
from chatbot.signed_posting import Attempt

logger = logging.getLogger(__name__)

# Sent at the same time, so that a slow receiver holds up few others.
_AT_ONCE = 4
_ROUND = 16
_ROUNDS = 20


@dataclass(frozen=True)
class _Failure:
    error: str
    is_final: bool = False


def can_mail() -> bool:
    """Tell whether this installation sends mail."""
    return bool(settings.EMAIL_URL)


def deliver_due() -> int:
    """Send what is due and return how many attempts that took; two processes send nothing twice."""
    attempts = 0
    for _round in range(_ROUNDS):
        sent = _deliver_some()
        attempts += sent
        if not sent:
            break
    return attempts


def _deliver_some() -> int:
    due = Dispatch.objects.due(timezone.now()).select_related("site", "notice", "report")
    claimed = [dispatch for dispatch in due[:_ROUND] if dispatch.claim()]
    # Made before any is sent: the threads do without the database.
    prepared = [_prepared(dispatch) for dispatch in claimed]
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="dispatch") as threads:
        for dispatch, failure in zip(claimed, threads.map(_send, prepared), strict=True):
            dispatch.note_attempt(failure.error, is_final=failure.is_final)
            if failure.error:
                logger.warning("%s was not delivered: %s", dispatch.public_id, failure.error)
    return len(claimed)


def _prepared(dispatch: Dispatch) -> EmailMultiAlternatives | Attempt | _Failure:
    if dispatch.channel == Dispatch.Channel.WEBHOOK:
        request = telling.as_request(dispatch)
        return request or _Failure(_("The webhook is not set any more."), is_final=True)
    if not can_mail():
        return _Failure(_("No mail server is set: EMAIL_URL is empty."), is_final=True)
    if dispatch.report is not None:
        return composing.as_mail(dispatch.report, dispatch.address)
    return telling.as_mail(dispatch)


def _send(prepared: EmailMultiAlternatives | Attempt | _Failure) -> _Failure:
    if isinstance(prepared, _Failure):
        return prepared
    if isinstance(prepared, Attempt):
        outcome = signed_posting.send(prepared)
        return _Failure(outcome.error, outcome.is_final)
    try:
        # A connection of its own: threads cannot share one.
        prepared.connection = get_connection()
        prepared.send()
    except OSError as error:
        # What goes wrong with SMTP is an OSError, smtplib's own errors included.
        return _Failure(str(error) or type(error).__name__)
    return _Failure("")
