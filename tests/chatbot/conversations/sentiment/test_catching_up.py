"""The worker scores what the web process did not, the newest first, and finds it by an index."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Site
from chatbot.conversations.models import Conversation, Message, MessageSentiment
from chatbot.conversations.sentiment.catching_up import score_left_over
from tests.chatbot.conversations.sentiment.scripted_classifier import (
    ScriptedClassifier,
    begun,
    feel,
)
from tests.chatbot.conversations.talks import answer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def classifier() -> ScriptedClassifier:
    return ScriptedClassifier()


def said_before(conversation: Conversation, *texts: str) -> None:
    for text in texts:
        conversation.messages.create(author="visitor", text=text)
    a_minute_ago = timezone.now() - timedelta(minutes=1)
    Conversation.objects.update(created_at=a_minute_ago)
    Message.objects.update(created_at=a_minute_ago)


def test_what_was_left_over_is_scored_newest_first_and_once(
    site: Site, classifier: ScriptedClassifier
) -> None:
    said_before(begun(site, "one"), *(f"line {number}" for number in range(40)))

    assert score_left_over(30, lambda: classifier) == 41
    assert classifier.texts[0] == "line 39" and classifier.texts[-1] == "one"
    assert max(map(len, classifier.asked)) == 32

    assert score_left_over(30, lambda: classifier) == 0
    assert MessageSentiment.objects.count() == 41


def test_what_has_just_come_is_left_to_the_web_process(site: Site, classifier: ScriptedClassifier) -> None:
    begun(site)

    assert score_left_over(30, lambda: classifier) == 0
    assert classifier.asked == []


def test_without_a_classifier_it_ends_quietly_and_the_next_time_goes_on(
    site: Site, classifier: ScriptedClassifier
) -> None:
    said_before(begun(site), "great")
    classifier.is_away = True
    assert score_left_over(30, lambda: classifier) == 0
    assert len(classifier.asked) == 1

    classifier.is_away = False
    assert score_left_over(30, lambda: classifier) == 2


def test_it_ends_when_its_time_is_over(site: Site, classifier: ScriptedClassifier) -> None:
    said_before(begun(site), *map(str, range(100)))

    assert score_left_over(0, lambda: classifier) == 0
    assert 0 < score_left_over(0.001, lambda: classifier) < 101


def test_a_bad_message_that_came_while_no_classifier_was_there_still_calls_a_person(
    site: Site, classifier: ScriptedClassifier
) -> None:
    conversation = begun(site)
    answer(conversation)
    said_before(conversation, "awful")

    score_left_over(30, lambda: classifier)

    conversation.refresh_from_db()
    assert conversation.handoff_reason == Conversation.Reason.SENTIMENT


def test_a_score_from_elsewhere_is_kept(site: Site, classifier: ScriptedClassifier) -> None:
    message = feel(begun(site), "awful")
    MessageSentiment.objects.filter(message=message).update(head="other@7")
    said_before(message.conversation)
    Message.objects.update(sentiment_checked=False)

    score_left_over(30, lambda: classifier)

    assert MessageSentiment.objects.get(message=message).head == "other@7"


def test_the_database_reads_the_unscored_from_their_index(site: Site) -> None:
    """The plan is that of the real query; on PostgreSQL for a table that is not worth a scan."""
    conversation = begun(site)
    said_before(conversation, *map(str, range(300)))
    Message.objects.exclude(text="7").update(sentiment_checked=True)
    wanted = Message.objects.without_sentiment().filter(created_at__lt=timezone.now())[:32]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE conversations_message")

    plan = wanted.explain()

    assert "message_without_sentiment" in plan, plan
