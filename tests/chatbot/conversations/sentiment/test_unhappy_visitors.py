"""A very bad message or a mood that falls calls a person: not in the middle of an answer, and once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Site, User
from chatbot.conversations import closing, handover, leases
from chatbot.conversations.models import Conversation, HandoffSettings, Message
from chatbot.conversations.replies import _begin, _finish
from tests.chatbot.conversations.sentiment.scripted_classifier import (
    begun,
    feel,
    score,
)
from tests.chatbot.conversations.talks import answer, kinds, say

pytestmark = pytest.mark.django_db(transaction=True)

Reason = Conversation.Reason


@pytest.fixture
def conversation(site: Site) -> Conversation:
    """A visitor who has asked something and got an answer."""
    conversation = begun(site)
    answer(conversation)
    return conversation


def has_asked(conversation: Conversation) -> bool:
    conversation.refresh_from_db()
    return conversation.handoff_reason == Reason.SENTIMENT


def test_a_very_bad_message_calls_a_person_at_once_where_nothing_is_written(
    conversation: Conversation,
) -> None:
    feel(conversation, "This is awful")

    assert has_asked(conversation)
    assert conversation.turn == Conversation.Turn.WAITING


def test_a_bad_message_that_is_not_so_bad_calls_nobody(conversation: Conversation) -> None:
    feel(conversation, "This is bad")

    assert not has_asked(conversation)


def test_a_mood_that_falls_far_calls_a_person(site: Site, conversation: Conversation) -> None:
    HandoffSettings.objects.create(site=site, lowest_sentiment=None)
    feel(conversation, "great")
    feel(conversation, "bad")
    assert not has_asked(conversation)
    feel(conversation, "bad")
    assert has_asked(conversation)


@pytest.mark.parametrize(("limit", "calls"), [(1.1, True), (1.5, False), (None, False)])
def test_how_far_it_may_fall_is_the_sites_to_say(
    site: Site, conversation: Conversation, limit: float | None, calls: bool
) -> None:
    HandoffSettings.objects.create(site=site, lowest_sentiment=None, sentiment_drop=limit)
    for text in ("great", "bad", "bad"):
        feel(conversation, text)

    assert has_asked(conversation) is calls


def test_with_both_rules_off_nobody_is_called(site: Site, conversation: Conversation) -> None:
    HandoffSettings.objects.create(site=site, lowest_sentiment=None, sentiment_drop=None)
    for text in ("great", "awful", "awful"):
        feel(conversation, text)

    assert not has_asked(conversation)


def test_each_site_has_its_own_limit(site: Site, other_site: Site) -> None:
    HandoffSettings.objects.create(site=site, lowest_sentiment=-0.5)
    strict, patient = begun(site), begun(other_site)
    for conversation in (strict, patient):
        answer(conversation)
        feel(conversation, "bad")

    assert (has_asked(strict), has_asked(patient)) == (True, False)


def test_an_answer_that_is_being_written_is_not_cut_off(site: Site) -> None:
    conversation = begun(site, "This is awful")
    (lease,) = leases.claim(1)
    draft = _begin(lease)
    assert draft is not None
    score(conversation.messages.get(author="visitor"))
    assert not has_asked(conversation)

    draft.text = "I am sorry."
    _finish(lease, draft, Message.Status.COMPLETED, "")

    assert has_asked(conversation)
    assert kinds(conversation)[-2:] == ["message.completed", "handoff.requested"]


@pytest.mark.parametrize("text", ["hm, is it so", "Das ist nicht mein awful Problem"])
def test_what_is_unsure_or_less_certain_calls_nobody(
    site: Site, conversation: Conversation, text: str
) -> None:
    HandoffSettings.objects.create(site=site, lowest_sentiment=0.9, sentiment_drop=0.1)
    feel(conversation, "great, it is what I want")
    feel(conversation, text)

    assert not has_asked(conversation)


def test_a_visitor_who_withdrew_is_not_sent_to_a_person_again(conversation: Conversation) -> None:
    feel(conversation, "awful")
    handover.withdraw_request(conversation)
    answer(conversation)
    feel(conversation, "awful, awful")

    assert kinds(conversation).count("handoff.requested") == 1


def test_after_an_operator_handed_back_a_new_bad_message_counts_and_the_old_ones_do_not(
    conversation: Conversation, operator: User
) -> None:
    feel(conversation, "great")
    feel(conversation, "awful")
    handover.take_over(conversation, operator)
    conversation.messages.create(author="operator", operator=operator, text="Here I am")
    handover.hand_back(conversation, operator)
    feel(conversation, "lamp")
    assert kinds(conversation).count("handoff.requested") == 1
    feel(conversation, "awful")
    assert kinds(conversation).count("handoff.requested") == 2


def test_what_was_said_long_ago_calls_nobody_any_more(conversation: Conversation) -> None:
    feel(conversation, "awful", created_at=timezone.now() - timedelta(minutes=11))

    assert not has_asked(conversation)


def test_a_visitor_who_is_happy_by_now_needs_nobody(conversation: Conversation) -> None:
    messages = [say(conversation, "awful", "1"), say(conversation, "Ah, great!", "2")]
    Message.objects.unfinished().update(status="completed")
    score(*messages)

    assert not has_asked(conversation)


def test_two_messages_that_are_scored_together_count_both(conversation: Conversation) -> None:
    messages = [say(conversation, "awful", "1"), say(conversation, "My order number is 12", "2")]
    Message.objects.unfinished().update(status="completed")
    score(*messages)

    assert has_asked(conversation)


def test_no_rule_acts_while_a_person_answers_or_after_the_end(
    site: Site, conversation: Conversation, operator: User
) -> None:
    handover.take_over(conversation, operator)
    feel(conversation, "awful")
    closed = begun(site)
    closing.close(closed, by="visitor")
    feel(closed, "awful")

    assert not has_asked(conversation) and not has_asked(closed)
