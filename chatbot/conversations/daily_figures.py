"""How much was said on a site, day by day, counted by the database."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber, TruncDate
from django.utils import timezone

from accounts.models import Site
from chatbot.conversations.models import Conversation, Message, ReplyTrace


@dataclass
class DayFigures:
    """What happened on one day; times in milliseconds, None where there was no answer."""

    date: date
    conversations: int = 0
    messages: int = 0
    answers: int = 0
    failed: int = 0
    helpful: int = 0
    not_helpful: int = 0
    first_token_p50_ms: int | None = None
    first_token_p95_ms: int | None = None


def figures_of(site: Site, first: date, last: date) -> list[DayFigures]:
    """Return the figures of every day from `first` to `last`, both included, in the current time zone.

    Conversations count on the day they began, if something was said; messages are those of visitors, answers
    those that the assistant finished.
    """
    days = {day: DayFigures(day) for day in _days(first, last)}
    begin, end = _midnight(first), _midnight(last + timedelta(days=1))
    within = {"created_at__gte": begin, "created_at__lt": end}
    conversations = Conversation.objects.filter(site=site, **within).begun()
    # A message is never newer than the last activity of its conversation, for which there is an index.
    messages = Message.objects.filter(conversation__site=site, conversation__updated_at__gte=begin, **within)
    by_assistant = Q(author=Message.Author.ASSISTANT)
    counted = _by_day(conversations).annotate(conversations=Count("pk"))
    _fill(days, counted)
    said = _by_day(messages).annotate(
        messages=Count("pk", filter=Q(author=Message.Author.VISITOR)),
        answers=Count("pk", filter=by_assistant & Q(status=Message.Status.COMPLETED)),
        failed=Count("pk", filter=by_assistant & Q(status=Message.Status.FAILED)),
        helpful=Count("pk", filter=Q(feedback=Message.Feedback.UP)),
        not_helpful=Count("pk", filter=Q(feedback=Message.Feedback.DOWN)),
    )
    _fill(days, said)
    for row in _first_token_percentiles(messages):
        figures = days[row["day"]]
        # Of few answers one may be both.
        if row["rank"] == (row["of"] * 50 + 99) // 100:
            figures.first_token_p50_ms = row["first_token_ms"]
        if row["rank"] == (row["of"] * 95 + 99) // 100:
            figures.first_token_p95_ms = row["first_token_ms"]
    return list(days.values())


def _first_token_percentiles(messages: QuerySet[Message]) -> Iterable[Any]:
    """Return the answers, at most two a day, that stand at the 50th and 95th percentile (nearest rank).

    Window functions, because SQLite has no percentile_cont.
    """
    day = TruncDate("message__created_at")
    traces = ReplyTrace.objects.filter(message__in=messages, first_token_ms__isnull=False).annotate(
        day=day,
        rank=Window(RowNumber(), partition_by=day, order_by=("first_token_ms", "pk")),
        of=Window(Count("pk"), partition_by=day),
    )
    at_percentile = Q(rank=(F("of") * 50 + 99) / 100) | Q(rank=(F("of") * 95 + 99) / 100)
    return traces.filter(at_percentile).values("day", "rank", "of", "first_token_ms")


def _by_day(rows: "QuerySet[Any]") -> "QuerySet[Any, dict[str, Any]]":
    return rows.annotate(day=TruncDate("created_at")).order_by().values("day")


def _fill(days: dict[date, DayFigures], rows: Iterable[dict[str, Any]]) -> None:
    for row in rows:
        for name, value in row.items():
            if name != "day":
                setattr(days[row["day"]], name, value)


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
