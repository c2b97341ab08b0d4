"""The trend follows the formula of its module, and corrections."""

import pytest

from accounts.models import Site, User
from chatbot.conversations.models import Conversation, MessageSentiment
from chatbot.conversations.sentiment import correcting, trend
from tests.chatbot.conversations.sentiment.scripted_classifier import (
    begun,
    feel,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def conversation(site: Site) -> Conversation:
    return begun(site)


def trends(conversation: Conversation) -> list[float]:
    return [round(point.trend, 3) for point in trend.course(conversation)]


def test_nothing_scored_is_no_trend(conversation: Conversation) -> None:
    assert (trend.refresh(conversation), conversation.mood) == ([], None)


def test_the_first_message_counts_whole_and_each_later_one_half(conversation: Conversation) -> None:
    for text in ("great", "awful", "lamp"):
        feel(conversation, text)

    assert trends(conversation) == [0.95, 0.0, 0.0]


def test_an_unsure_message_moves_the_trend_a_quarter_as_much(conversation: Conversation) -> None:
    feel(conversation, "great")
    feel(conversation, "hm")

    assert trends(conversation) == [0.95, round(0.95 + 0.5 * 0.25 * (-0.25 - 0.95), 3)]


def test_a_less_certain_message_moves_the_trend_half_as_much(conversation: Conversation) -> None:
    feel(conversation, "great")
    feel(conversation, "Das ist nicht mein awful Problem")

    assert trends(conversation) == [0.95, round(0.95 + 0.5 * 0.5 * (-0.95 - 0.95), 3)]


def test_scores_that_come_out_of_order_give_the_same_trend(conversation: Conversation) -> None:
    messages = [feel(conversation, text) for text in ("great", "awful", "bad")]
    before = trends(conversation)
    first = MessageSentiment.objects.get(message=messages[0])
    first.delete()
    first.pk = None
    first.save()

    assert trends(conversation) == before


def test_a_correction_counts_in_full_and_what_is_withdrawn_counts_no_more(
    conversation: Conversation, operator: User
) -> None:
    message = feel(conversation, "hm")
    conversation.refresh_from_db()
    assert conversation.sentiment == pytest.approx(-0.0625)

    correcting.correct(message, "negative", operator)
    conversation.refresh_from_db()
    assert (conversation.sentiment, conversation.mood) == (-1.0, Conversation.Mood.NEGATIVE)

    correcting.correct(message, "", operator)
    conversation.refresh_from_db()
    assert conversation.sentiment == pytest.approx(-0.0625)


def test_a_deleted_message_leaves_the_trend_of_the_others(conversation: Conversation) -> None:
    feel(conversation, "great")
    feel(conversation, "awful").delete()

    trend.refresh(conversation)

    assert conversation.sentiment == pytest.approx(0.95)


@pytest.mark.parametrize(
    ("trends", "drop"), [([], 0), ([0.5], 0), ([0.2, 0.9, 0.3, -0.4], 1.3), ([-0.5, 0.2], 0)]
)
def test_a_drop_is_measured_from_the_best_earlier_value(trends: list[float], drop: float) -> None:
    assert trend.drop(trends) == pytest.approx(drop)
