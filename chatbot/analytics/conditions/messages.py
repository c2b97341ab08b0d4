"""Which messages count for which figure: the conditions, in the database."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import BigIntegerField, Case, CharField, F, Field, OuterRef, Q, Subquery, When
from django.db.models.functions import ExtractHour

from chatbot.analytics.models import DailyFigures
from chatbot.conversations.models import Message, MessageQuerySet, MessageSentiment, ReplyTrace

Author, Status, Feedback = Message.Author, Message.Status, Message.Feedback
Dimension = DailyFigures.Dimension

_BY_VISITOR = Q(author=Author.VISITOR)
_BY_ASSISTANT = Q(author=Author.ASSISTANT)
_COMPLETED = _BY_ASSISTANT & Q(status=Status.COMPLETED)


def _felt(label: str) -> Q:
    """A correction counts instead of what the head said."""
    said = Q(sentiment__corrected_label=label) | Q(sentiment__corrected_label="", sentiment__label=label)
    return _BY_VISITOR & said


# The columns of `Totals` that count messages, and what has to hold.
CONDITIONS: dict[str, Q] = {
    "messages": _BY_VISITOR,
    "answers": _COMPLETED,
    "failed": _BY_ASSISTANT & Q(status=Status.FAILED),
    "unknown": _COMPLETED & Q(trace__kind=ReplyTrace.Kind.UNKNOWN),
    "thumbs_up": _BY_ASSISTANT & Q(feedback=Feedback.UP),
    "thumbs_down": _BY_ASSISTANT & Q(feedback=Feedback.DOWN),
    **{label.value: _felt(label) for label in MessageSentiment.Label},
    "corrected": _BY_VISITOR & Q(sentiment__isnull=False) & ~Q(sentiment__corrected_label=""),
    "queued": _BY_ASSISTANT & Q(trace__queued_ms__isnull=False),
    "first_token": _BY_ASSISTANT & Q(trace__first_token_ms__isnull=False),
}


def written_between(site_id: int, begin: datetime, end: datetime) -> MessageQuerySet:
    """Return the site's messages that were written at `begin` or later, but before `end`."""
    within = Message.objects.filter(created_at__gte=begin, created_at__lt=end)
    return within.filter(conversation__site=site_id).order_by()


def with_hour(messages: MessageQuerySet, zone: ZoneInfo) -> MessageQuerySet:
    """Annotate `hour`, from 0 to 23, on the clock of the zone; an hour that comes twice a day is one."""
    return messages.annotate(hour=ExtractHour("created_at", tzinfo=zone))


def with_versions(messages: MessageQuerySet) -> MessageQuerySet:
    """Annotate `prompt`, the key of a prompt version, and `model`, to whose figures a message belongs.

    An answer belongs to the versions that wrote it, a visitor's message to those that wrote the newest
    answer before it: it says how that was taken. None or empty where there is none.
    """
    return messages.annotate(
        prompt=_own_or_before("trace__prompt_version", BigIntegerField()),
        model=_own_or_before("trace__language_model", CharField()),
    )


def of_value(messages: MessageQuerySet, dimension: str, value: str, zone: ZoneInfo) -> MessageQuerySet:
    """Return those that are counted for a value of a dimension."""
    if dimension == Dimension.HOUR:
        return with_hour(messages, zone).filter(Q(hour=int(value)))
    if dimension == Dimension.LANGUAGE:
        return messages.filter(conversation__language=value)
    if dimension == Dimension.LABEL:
        return messages.filter(conversation__labels=int(value))
    if dimension == Dimension.PROMPT:
        return with_versions(messages).filter(Q(prompt=int(value)))
    if dimension == Dimension.MODEL:
        return with_versions(messages).filter(Q(model=value))
    return messages


def _own_or_before(column: str, field: Field[Any, Any]) -> Case:
    answers = Message.objects.filter(
        conversation=OuterRef("conversation"),
        author=Author.ASSISTANT,
        pk__lt=OuterRef("pk"),
        trace__isnull=False,
    )
    before = Subquery(answers.order_by("-pk").values(column)[:1])
    return Case(
        When(author=Author.ASSISTANT, then=F(column)),
        When(author=Author.VISITOR, then=before),
        output_field=field,
    )
