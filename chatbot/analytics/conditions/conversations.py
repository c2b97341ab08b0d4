"""When a conversation counts as ended, resolved, handed over, abandoned: the conditions, in the database.

The sentences that people read are in `definitions`.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import (
    BooleanField,
    Case,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    When,
    Window,
)
from django.db.models.fields.json import KT
from django.db.models.functions import ExtractHour, Lag

from chatbot.analytics.definitions import RETURN, SILENCE
from chatbot.analytics.models import DailyFigures
from chatbot.conversations.models import (
    Conversation,
    ConversationEvent,
    ConversationQuerySet,
    Message,
    MessageQuerySet,
    ReplyTrace,
)

Author, Status, Turn = Message.Author, Message.Status, Conversation.Turn
Dimension = DailyFigures.Dimension

# The columns of `Totals` that count conversations, and what has to hold, in terms of `with_facts`.
CONDITIONS: dict[str, Q] = {
    "conversations": Q(),
    "ended": Q(ended=True),
    "resolved": Q(resolved=True),
    "resolved_week_ago": Q(resolved=True, week_over=True),
    "still_resolved": Q(still_resolved=True),
    "handed_over": Q(asked_at__isnull=False),
    "abandoned": Q(abandoned=True),
    "ratings": Q(rating__isnull=False),
    "first_responses": Q(asked_at__isnull=False, responded_at__isnull=False),
    "resolutions": Q(asked_at__isnull=False, responded_at__isnull=False, status="closed"),
}
_ASKED = ("handoff.requested", "operator.joined")
_TURNS = (*_ASKED, "handoff.withdrawn", "operator.left")


def begun_between(site_id: int, begin: datetime, end: datetime) -> ConversationQuerySet:
    """Return the site's conversations whose first message came at `begin` or later, but before `end`.

    Annotates `began`, the moment of that message.
    """
    said_then = Message.objects.filter(created_at__gte=begin, created_at__lt=end).order_by()
    return with_beginning(Conversation.objects.filter(site=site_id)).filter(
        pk__in=said_then.values("conversation"), began__gte=begin, began__lt=end
    )


def with_beginning(conversations: ConversationQuerySet) -> ConversationQuerySet:
    """Annotate `began`, the moment of the first message; None where nothing was said."""
    return conversations.annotate(began=_one(_own().order_by("created_at"), "created_at"))


def with_end(conversations: ConversationQuerySet) -> ConversationQuerySet:
    """Annotate `last_at`, the moment of the last message; None where nothing was said."""
    return conversations.annotate(last_at=_one(_own().order_by("-created_at"), "created_at"))


def with_facts(conversations: ConversationQuerySet, now: datetime) -> ConversationQuerySet:
    """Annotate what `CONDITIONS` read, as it stands at `now`.

    `asked_at` is when a person was first asked for or took over, and `responded_at` when an operator first
    wrote; None where that never was.
    """
    events = ConversationEvent.objects.filter(conversation=OuterRef("pk")).order_by("seq")
    said = _own().filter(status__in=(Status.COMPLETED, Status.STOPPED)).exclude(text="").order_by("-pk")
    written = _own().filter(author=Author.OPERATOR).order_by("created_at")
    merged = Q(merged_into__isnull=False)
    unanswered = Q(last_author=Author.VISITOR) | (
        Q(last_turn__in=(Turn.WAITING, Turn.OPERATOR)) & ~Q(last_author=Author.OPERATOR)
    )
    return with_end(conversations).annotate(
        last_author=_one(said, "author"),
        last_turn=Subquery(
            events.filter(kind__in=_TURNS).reverse().annotate(turn=KT("payload__turn")).values("turn")[:1]
        ),
        asked_at=_one(events.filter(kind__in=_ASKED), "created_at"),
        responded_at=_one(written, "created_at"),
        ended=_flag(Q(status=Conversation.Status.CLOSED) | Q(last_at__lte=now - SILENCE)),
        week_over=_flag(Q(last_at__lte=now - RETURN)),
        resolved=_flag(
            ~merged
            & Q(ended=True, last_author=Author.ASSISTANT, asked_at__isnull=True)
            & Q(_last_answer_helps())
        ),
        still_resolved=_flag(
            Q(resolved=True, week_over=True) & ~Q(_came_back_elsewhere()) & ~Q(_came_back_here())
        ),
        abandoned=_flag(~merged & Q(ended=True) & unanswered),
    )


def of_value(
    conversations: ConversationQuerySet, dimension: str, value: str, zone: ZoneInfo
) -> ConversationQuerySet:
    """Return those that are counted for a value of a dimension; `began` must be annotated for hours."""
    if dimension == Dimension.HOUR:
        return conversations.annotate(hour=ExtractHour("began", tzinfo=zone)).filter(hour=int(value))
    if dimension == Dimension.LANGUAGE:
        return conversations.filter(language=value)
    if dimension == Dimension.LABEL:
        return conversations.filter(labels=int(value))
    if dimension in (Dimension.PROMPT, Dimension.MODEL):
        version = {Dimension.PROMPT: "trace__prompt_version", Dimension.MODEL: "trace__language_model"}
        answered = _own().filter(author=Author.ASSISTANT, **{version[Dimension(dimension)]: value})
        return conversations.filter(Exists(answered))
    return conversations


def _last_answer_helps() -> Subquery:
    """Whether the newest answer that is more than small talk is complete, knows, and is not thumbed down."""
    answers = _own().filter(author=Author.ASSISTANT).exclude(trace__kind=ReplyTrace.Kind.SMALL_TALK)
    helps = _flag(
        Q(status=Status.COMPLETED)
        & ~Q(feedback=Message.Feedback.DOWN)
        & ~Q(trace__kind=ReplyTrace.Kind.UNKNOWN)
    )
    newest = answers.order_by("-pk").annotate(helps=helps).values("helps")[:1]
    return Subquery(newest, output_field=BooleanField())


def _came_back_elsewhere() -> Exists:
    """Whether the visitor wrote in another conversation within 7 days of the last message."""
    others = Conversation.objects.filter(visitor=OuterRef(OuterRef("visitor"))).exclude(
        pk=OuterRef(OuterRef("pk"))
    )
    return Exists(
        Message.objects.filter(
            conversation__in=others,
            author=Author.VISITOR,
            created_at__gt=OuterRef("last_at"),
            created_at__lte=OuterRef("last_at") + RETURN,
        )
    )


def _came_back_here() -> Exists:
    """Whether the visitor wrote again after the conversation had been silent for long enough to be over."""
    before = Window(Lag("created_at"), order_by=("created_at", "pk"))
    # A filter by the author would take the others' messages away before the window looks back at them.
    visitors = _own().annotate(before=Case(When(author=Author.VISITOR, then=before)))
    return Exists(visitors.filter(before__lte=F("created_at") - SILENCE))


def _own() -> MessageQuerySet:
    return Message.objects.filter(conversation=OuterRef("pk"))


def _one(rows: "QuerySet[Message] | QuerySet[ConversationEvent]", column: str) -> Subquery:
    return Subquery(rows.values(column)[:1])


def _flag(condition: Q) -> "ExpressionWrapper[Q]":
    return ExpressionWrapper(condition, output_field=BooleanField())
