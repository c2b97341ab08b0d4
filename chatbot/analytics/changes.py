"""Finds the days of a site on which something else would be counted now than before.

Three things change figures: what happened since, which stands in conversations, messages, events and
sentiments; the passing of time, by which conversations end and visitors have not come back; and what leaves
no trace at all, which `conversations.recounting` has marked already.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Expression, Q, QuerySet, Subquery
from django.db.models.fields.json import KT
from django.db.models.functions import TruncDate

from accounts.models import Site
from chatbot.analytics.conditions.conversations import with_beginning, with_end
from chatbot.analytics.definitions import RETURN, SILENCE
from chatbot.analytics.models import DailyFigures
from chatbot.conversations.models import Conversation, ConversationEvent, Message, MessageSentiment

# An answer may be completed, and so belong to a version, this long after a message that it counts for.
_NEIGHBOURS = timedelta(days=1)


def as_of(now: datetime) -> datetime:
    """Return the full hour by which it is decided what is over, so that time passes once an hour only."""
    return now.replace(minute=0, second=0, microsecond=0)


def all_days(site: Site, zone: ZoneInfo) -> set[date]:
    """Return every day on which something was said, or for which there are figures."""
    kept = DailyFigures.objects.filter(site=site).values_list("day", flat=True).distinct()
    return set(kept) | _days(Message.objects.filter(conversation__site=site), "created_at", zone)


def days_changed(site: Site, zone: ZoneInfo, since: datetime) -> set[date]:
    """Return the days whose figures may have changed by what was committed since a moment."""
    changed = Conversation.objects.filter(site=site, updated_at__gte=since)
    own = Message.objects.filter(conversation__in=changed)
    thumbs = ConversationEvent.objects.filter(
        conversation__in=changed, kind="message.feedback", created_at__gte=since
    )
    thumbed = thumbs.order_by().annotate(message=KT("payload__id")).values("message")
    felt = MessageSentiment.objects.filter(updated_at__gte=since, message__conversation__site=site)
    # The end of one conversation is judged by what the visitor wrote in others, until a week later.
    related = Conversation.objects.filter(
        site=site, visitor__in=changed.order_by().values("visitor"), updated_at__gte=since - RETURN
    )
    return (
        _days(
            own.filter(Q(created_at__gte=since - _NEIGHBOURS) | Q(finished_at__gte=since)), "created_at", zone
        )
        | _days(own.filter(public_id__in=Subquery(thumbed)), "created_at", zone)
        | _days(felt, "message__created_at", zone)
        | _days(with_beginning(related), "began", zone)
    )


def days_passed(site: Site, zone: ZoneInfo, before: datetime, now: datetime) -> set[date]:
    """Return the days whose conversations became old enough between two moments to count as over."""
    days: set[date] = set()
    for age in (SILENCE, RETURN):
        active = Conversation.objects.filter(site=site, updated_at__gt=before - age)
        became_old = with_end(active).filter(Q(last_at__gt=before - age, last_at__lte=now - age))
        days |= _days(with_beginning(became_old), "began", zone)
    return days


def _days(rows: "QuerySet[Any]", column: "str | Expression", zone: ZoneInfo) -> set[date]:
    found: Iterable[date | None] = (
        rows.order_by().annotate(day=TruncDate(column, tzinfo=zone)).values_list("day", flat=True).distinct()
    )
    return {day for day in found if day is not None}
