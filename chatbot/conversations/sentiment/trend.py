"""How a visitor feels of late: the trend of a conversation, and how far it has fallen.

The trend is the exponentially smoothed score (R. G. Brown, "Smoothing, Forecasting and Prediction of Discrete
Time Series", Prentice-Hall 1963) over the visitor's scored messages in their order:

    t(1) = w(1) · x(1)        t(n) = t(n-1) + a · w(n) · (x(n) - t(n-1))        a = 1 - 2 ^ (-1 / HALF_LIFE)

x is a message's score from -1 to 1: positive minus negative, or what a person corrected it to, -1, 0 or 1.
After HALF_LIFE further messages of full weight a message has half its influence. w is its weight: 1, UNSURE
where the head is unsure, LESS_CERTAIN for a language that the head was not trained in; both multiply. So a
message that says little about the mood moves the trend little, in either direction.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chatbot.conversations.models import Conversation, MessageSentiment

HALF_LIFE = 1.0
UNSURE, LESS_CERTAIN = 0.25, 0.5

_STEP = 1 - 2 ** (-1 / HALF_LIFE)
# What is further back has lost its influence, and the work stays the same however long people talk.
_NEWEST = 200

Label = MessageSentiment.Label
_CORRECTED = {Label.NEGATIVE: -1.0, Label.NEUTRAL: 0.0, Label.POSITIVE: 1.0, Label.UNSURE: 0.0}
_FIELDS = (
    *("message__public_id", "message__created_at", "negative", "positive", "label", "less_certain"),
    "corrected_label",
)


@dataclass(frozen=True, slots=True)
class Point:
    """One scored message of a visitor, and the trend after it."""

    message_id: str
    at: datetime
    # As it counts: the correction where there is one.
    label: str
    score: float
    # The head knew, and knows the language; or a person said so.
    is_certain: bool
    trend: float


def course(conversation: Conversation) -> list[Point]:
    """Return the conversation's newest scored messages, up to 200, oldest first, each with the trend."""
    scores = MessageSentiment.objects.filter(message__conversation=conversation)
    newest = scores.order_by("-message_id").values(*_FIELDS)[:_NEWEST]
    return list(_smoothed(reversed(newest)))


def refresh(conversation: Conversation) -> list[Point]:
    """Bring `Conversation.sentiment` in line with the stored scores and return the course.

    The row's place in the inbox stays. Needs the conversation's row locked.
    """
    points = course(conversation)
    conversation.sentiment = points[-1].trend if points else None
    Conversation.objects.filter(pk=conversation.pk).update(sentiment=conversation.sentiment)
    return points


def drop(trends: Sequence[float]) -> float:
    """Return how far the last value lies below the best one before it; 0 where it does not."""
    return max(0.0, max(trends[:-1]) - trends[-1]) if len(trends) > 1 else 0.0


def _smoothed(rows: Iterable[dict[str, Any]]) -> Iterable[Point]:
    trend: float | None = None
    for row in rows:
        corrected = row["corrected_label"]
        score = _CORRECTED[corrected] if corrected else row["positive"] - row["negative"]
        label, less_certain = corrected or row["label"], row["less_certain"] and not corrected
        weight = (UNSURE if label == Label.UNSURE else 1.0) * (LESS_CERTAIN if less_certain else 1.0)
        trend = weight * score if trend is None else trend + _STEP * weight * (score - trend)
        is_certain = weight == 1.0
        yield Point(row["message__public_id"], row["message__created_at"], label, score, is_certain, trend)
