"""What calls a person without the visitor's asking: words, failures, poor passages."""

import pytest

from accounts.models import Site, User
from chatbot.conversations import handoff_rules, handover, posting
from chatbot.conversations.models import Conversation, HandoffSettings
from tests.chatbot.conversations.talks import answer, begun, kinds, say, waiting_replies

pytestmark = pytest.mark.django_db(transaction=True)

Reason = Conversation.Reason


@pytest.mark.parametrize(
    "text",
    [
        "Human!",
        "i want a HUMAN",
        "let me talk  to\na person",
        "转人工",
        "我要找人工客服",
        "Is an agent there?",
    ],
)
def test_words_that_want_a_person(site: Site, text: str) -> None:
    conversation = begun(site, text)

    assert conversation.handoff_reason == Reason.WORDS
    assert waiting_replies(conversation) == 0


@pytest.mark.parametrize("text", ["Is it humane?", "agenda", "人造丝", "How can I reach you?"])
def test_words_that_do_not(site: Site, text: str) -> None:
    assert begun(site, text).turn == Conversation.Turn.ASSISTANT


def test_each_site_has_its_own_words(site: Site, other_site: Site) -> None:
    HandoffSettings.objects.create(site=site, words=["mayday"])

    assert begun(site, "Mayday, mayday").handoff_reason == Reason.WORDS
    assert begun(site, "A human").handoff_reason == ""
    assert begun(other_site, "Mayday").handoff_reason == ""


def test_two_failed_answers_in_a_row_call_a_person(site: Site) -> None:
    conversation = begun(site)
    answer(conversation, "", "failed")
    say(conversation, "Once more", "second")
    answer(conversation, "Fine")
    say(conversation, "And now?", "third")
    answer(conversation, "", "failed")
    conversation.refresh_from_db()
    assert conversation.turn == Conversation.Turn.ASSISTANT
    say(conversation, "And now?", "fourth")
    answer(conversation, "", "failed")
    conversation.refresh_from_db()

    assert conversation.handoff_reason == Reason.FAILED_ANSWERS


def test_answers_that_did_not_help_count_as_failed(site: Site) -> None:
    conversation = begun(site)
    for number in range(2):
        if number:
            say(conversation, "Once more", "second")
        answer(conversation)
        newest = conversation.messages.filter(author="assistant").last()
        posting.rate(conversation.visitor, conversation.public_id, newest.public_id, "down")
    conversation.refresh_from_db()

    assert conversation.handoff_reason == Reason.FAILED_ANSWERS


def test_a_rule_that_is_off_calls_nobody(site: Site) -> None:
    HandoffSettings.objects.create(site=site, words=[], failed_answers=0)
    conversation = begun(site, "A human, please")
    answer(conversation, "", "failed")

    assert "handoff.requested" not in kinds(conversation)


@pytest.mark.parametrize(("confidence", "calls"), [(0.2, True), (0.6, False), (None, False)])
def test_poor_passages_call_a_person(site: Site, confidence: float | None, calls: bool) -> None:
    HandoffSettings.objects.create(site=site, lowest_score=0.5)
    conversation = begun(site)
    answer(conversation)
    conversation.refresh_from_db()
    handoff_rules.judge_answers(conversation, confidence)
    conversation.refresh_from_db()

    assert (conversation.handoff_reason == Reason.LOW_SCORE) is calls


def test_no_rule_acts_while_a_person_answers(site: Site, operator: User) -> None:
    conversation = begun(site)
    answer(conversation)
    handover.take_over(conversation, operator)
    say(conversation, "You are not a human", "second")
    conversation.refresh_from_db()

    assert conversation.turn == Conversation.Turn.OPERATOR and conversation.handoff_reason == ""
