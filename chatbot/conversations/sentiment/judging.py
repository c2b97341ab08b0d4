"""The rules that call a person because of how the visitor feels."""

from datetime import datetime, timedelta

from django.utils import timezone

from chatbot.conversations import handover
from chatbot.conversations.models import Conversation, HandoffSettings, Message, MessageSentiment
from chatbot.conversations.sentiment import trend
from chatbot.conversations.sentiment.trend import Point

Reason = Conversation.Reason

# What was scored long after it was said, or lies before these messages, calls nobody any more.
_NEWEST = 3
_RECENT = timedelta(minutes=10)

_ENDS = ("handoff.requested", "operator.left", "conversation.reopened")


def judge(conversation: Conversation) -> None:
    """Ask for a person if the visitor's newest messages are felt to be as bad as the site's rules say.

    Nobody is asked for in the middle of an answer: the runner calls this once more when it ends. It happens
    once, until an operator has handed the conversation back; what was felt before that counts no more. Needs
    the conversation's row locked.
    """
    if conversation.sentiment is None or not _can_ask(conversation):
        return
    rules = HandoffSettings.objects.of(conversation.site_id)
    if rules.lowest_sentiment is None and rules.sentiment_drop is None:
        return
    begin = _begin(conversation)
    points = trend.course(conversation)
    if begin is not None and (_is_very_bad(points, begin, rules) or _has_fallen(points, begin, rules)):
        handover.request_person(conversation, Reason.SENTIMENT)


def _can_ask(conversation: Conversation) -> bool:
    if not conversation.assistant_answers or conversation.status == Conversation.Status.CLOSED:
        return False
    return not conversation.messages.filter(status=Message.Status.STREAMING).exists()


def _begin(conversation: Conversation) -> datetime | None:
    """Return since when the visitor's mood may call a person, or None when it has done so already."""
    for event in conversation.events.filter(kind__in=_ENDS).order_by("-seq"):
        if event.kind == "handoff.requested":
            if event.payload.get("reason") == Reason.SENTIMENT:
                return None
        elif event.kind != "operator.left" or event.payload.get("turn") == Conversation.Turn.ASSISTANT:
            return event.created_at
    return conversation.created_at


def _is_very_bad(points: list[Point], begin: datetime, rules: HandoffSettings) -> bool:
    newest = _recent(points, begin)[-_NEWEST:]
    if rules.lowest_sentiment is None or not newest or newest[-1].label == MessageSentiment.Label.POSITIVE:
        return False
    return any(point.is_certain and point.score < rules.lowest_sentiment for point in newest)


def _has_fallen(points: list[Point], begin: datetime, rules: HandoffSettings) -> bool:
    if rules.sentiment_drop is None or not _recent(points, begin):
        return False
    newest = points[-1]
    # The trend at the beginning is what it may fall from.
    earlier = [point for point in points if point.at < begin][-1:]
    trends = [point.trend for point in (*earlier, *(point for point in points if point.at >= begin))]
    return newest.is_certain and newest.score < 0 and trend.drop(trends) >= rules.sentiment_drop


def _recent(points: list[Point], begin: datetime) -> list[Point]:
    since = max(begin, timezone.now() - _RECENT)
    return [point for point in points if point.at >= since]
