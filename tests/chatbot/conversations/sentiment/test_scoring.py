"""Every message of a visitor gets one score, whatever it holds and whatever happens meanwhile."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from accounts.models import Site
from chatbot.conversations import closing, erasure, posting
from chatbot.conversations.models import Conversation, Message, MessageSentiment
from chatbot.conversations.sentiment import scoring
from tests.chatbot.conversations.sentiment.scripted_classifier import (
    ScriptedClassifier,
    begun,
    feel,
    score,
    verdict_on,
)
from tests.chatbot.conversations.talks import answer, say

pytestmark = pytest.mark.django_db(transaction=True)


def only_message(conversation: Conversation) -> Message:
    return conversation.messages.get(author="visitor")


def test_a_message_is_stored_with_probabilities_label_language_and_head(site: Site) -> None:
    message = only_message(begun(site, "This is awful, and what can I do?"))

    assert score(message) == 1

    sentiment = message.sentiment
    assert (sentiment.negative, sentiment.label, sentiment.head) == (0.96, "negative", "sentiment@1")
    assert (sentiment.language, sentiment.less_certain) == ("en", False)
    assert sentiment.score == pytest.approx(-0.95)


@pytest.mark.parametrize(
    ("text", "language", "less_certain"),
    [
        ("这个灯坏了, awful", "zh", False),
        ("Das ist sehr awful und ich kann nicht mehr", "de", True),
        ("Gdzie jest moja lampa?", "pl", True),
        ("😡😡😡", "pl", False),
    ],
)
def test_a_language_that_the_head_was_not_trained_in_makes_it_less_certain(
    site: Site, text: str, language: str, less_certain: bool
) -> None:
    conversation = begun(site, text)
    Conversation.objects.filter(pk=conversation.pk).update(language="pl")
    score(only_message(conversation))

    sentiment = MessageSentiment.objects.get()
    assert (sentiment.language, sentiment.less_certain) == (language, less_certain)


def test_emoji_and_very_long_messages_are_scored_whole(site: Site) -> None:
    conversation = begun(site, "😀" * 30)
    long = conversation.messages.create(author="visitor", text="word " * 2000)

    assert score(*conversation.messages.filter(author="visitor")) == 2
    assert long.sentiment.label == "neutral"


async def test_a_message_without_readable_text_is_looked_at_once_and_gets_no_score(site: Site) -> None:
    from channels.db import database_sync_to_async

    def plant() -> Message:
        conversation = begun(site)
        return conversation.messages.create(author="visitor", text="\u0007 \U000e0041")

    message = await database_sync_to_async(plant)()
    classifier = ScriptedClassifier()
    batch = await database_sync_to_async(scoring.arrived)([message.public_id])
    verdicts = await batch.verdicts(classifier)
    await database_sync_to_async(scoring.store)(batch, verdicts)

    assert (verdicts, classifier.asked) == ([None], [])
    assert not await MessageSentiment.objects.filter(message=message).aexists()
    assert not (await database_sync_to_async(scoring.arrived)([message.public_id])).messages


def test_two_who_score_the_same_message_store_one_score(site: Site) -> None:
    message = only_message(begun(site, "awful"))
    batch = scoring.arrived([message.public_id])

    def store(_number: int) -> int:
        try:
            return scoring.store(batch, [verdict_on("awful")])
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        stored = list(threads.map(store, range(4)))

    assert sorted(stored) == [0, 0, 0, 1]
    assert MessageSentiment.objects.count() == 1


def test_only_what_visitors_say_is_scored(site: Site) -> None:
    conversation = begun(site)
    answer(conversation, "An awful answer")
    replies = conversation.messages.exclude(author="visitor")

    assert score(*replies) == 0
    assert not MessageSentiment.objects.exists()


def test_a_conversation_that_was_erased_meanwhile_is_left_out(site: Site) -> None:
    gone, still = begun(site, "awful"), begun(site, "bad")
    batch = scoring.arrived([only_message(gone).public_id, only_message(still).public_id])
    erasure.erase(gone.visitor)

    assert scoring.store(batch, [verdict_on(each.text) for each in batch.messages]) == 1


def test_erasing_a_visitor_takes_the_scores_along(site: Site) -> None:
    conversation = begun(site, "awful")
    score(only_message(conversation))
    erasure.erase(conversation.visitor)

    assert not MessageSentiment.objects.exists()


def test_closed_and_merged_conversations_get_their_scores_and_call_nobody(site: Site) -> None:
    closed, merged = begun(site, "awful"), begun(site, "awful")
    into = Conversation.objects.create(site=site, visitor=merged.visitor)
    posting.send(merged.visitor, into.public_id, "into", "Hello")
    closing.merge(merged, into)
    posting.end(closed.visitor, closed.public_id)

    assert score(only_message(closed), only_message(merged)) == 2
    for conversation in (closed, merged):
        conversation.refresh_from_db()
        assert conversation.mood == Conversation.Mood.NEGATIVE
        assert conversation.handoff_reason == ""


def test_a_score_moves_no_row_of_the_inbox_and_tells_the_visitor_nothing(site: Site) -> None:
    conversation = begun(site, "bad")
    before = Conversation.objects.get(pk=conversation.pk)
    score(only_message(conversation))
    conversation.refresh_from_db()

    assert (conversation.updated_at, conversation.last_seq) == (before.updated_at, before.last_seq)
    assert conversation.sentiment == pytest.approx(-0.6)


def test_scoring_again_takes_the_new_heads_figures_and_keeps_corrections(site: Site) -> None:
    conversation = begun(site, "awful")
    first, second = only_message(conversation), say(conversation, "great")
    score(first, second)
    MessageSentiment.objects.filter(message=first).update(corrected_label="neutral", negative=0.5)
    classifier = ScriptedClassifier()
    classifier.head = "sentiment@2"

    assert scoring.score_again([first.pk, second.pk], lambda: classifier) == 2

    first.sentiment.refresh_from_db()
    assert (first.sentiment.negative, first.sentiment.head) == (0.96, "sentiment@2")
    assert first.sentiment.counted_label == "neutral"
    assert MessageSentiment.objects.count() == 2
    conversation.refresh_from_db()
    assert conversation.sentiment == pytest.approx(0.475)
    assert conversation.handoff_reason == ""


def test_a_message_without_score_gets_one_when_all_are_scored_again(site: Site) -> None:
    message = only_message(begun(site, "awful"))

    assert scoring.score_again([message.pk], ScriptedClassifier) == 1
    assert message.sentiment.label == "negative"


def test_what_is_scored_costs_the_same_queries_for_one_message_and_for_ten(
    site: Site, django_assert_max_num_queries: object
) -> None:
    conversation = begun(site)
    for number in range(10):
        say(conversation, f"line {number}", str(number))
    batch = scoring.arrived(list(conversation.messages.values_list("public_id", flat=True)))

    with django_assert_max_num_queries(14):  # type: ignore[operator]
        assert scoring.store(batch, [verdict_on("x")] * 11) == 11


def test_scored_history_of_old_days_is_not_announced_and_calls_nobody(site: Site) -> None:
    conversation = begun(site)
    feel(conversation, "awful", created_at="2025-01-01T00:00Z")
    conversation.refresh_from_db()

    assert conversation.mood == Conversation.Mood.NEGATIVE
    assert conversation.turn == Conversation.Turn.ASSISTANT
