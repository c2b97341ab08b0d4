"""What is looked up for a message that is understood only with the one before."""

import pytest

from chatbot.conversations.answering.follow_ups import is_follow_up, query_for
from tests.chatbot.conversations.answering.shelf import Shelf, answered, passage, question
from tests.scripted_model import ScriptedModel


@pytest.mark.parametrize(
    "text",
    [
        "And how much is that?",
        "why?",
        "What about lamps?",
        "Is it free?",
        "那多少钱？",
        "它多重？",
        "and for Norway?",
    ],
)
def test_follow_ups(text: str) -> None:
    assert is_follow_up(text)


@pytest.mark.parametrize(
    "text",
    [
        "How do I return a broken lamp?",
        "What does shipping to Norway cost?",
        "Do you sell it with a guarantee of five years and a spare bulb?",
        "怎么退换已经打开包装的台灯？",
    ],
)
def test_questions_that_stand_alone(text: str) -> None:
    assert not is_follow_up(text)


def test_a_follow_up_is_looked_up_with_the_turn_before() -> None:
    turns = [
        {"role": "user", "content": "Do you ship to Norway?"},
        {"role": "assistant", "content": "Yes."},
        {"role": "user", "content": "And how much is that?"},
    ]

    assert query_for("And how much is that?", turns) == "Do you ship to Norway?\nAnd how much is that?"
    assert query_for("How do I return a broken lamp?", turns) == "How do I return a broken lamp?"


def test_messages_that_wait_together_are_looked_up_together() -> None:
    turns = [{"role": "user", "content": "I bought the red lamp.\n\nIs it waterproof?"}]

    assert query_for("Is it waterproof?", turns) == "I bought the red lamp.\nIs it waterproof?"


def test_a_first_message_is_looked_up_as_it_is() -> None:
    assert query_for("why?", [{"role": "user", "content": "why?"}]) == "why?"


DAYS = passage("Delivery takes 2 days.", title="Days", question="How long does delivery take?", score=0.79)
SAID = ("How long does delivery take?", DAYS.text)


async def test_a_follow_up_is_not_answered_with_what_was_just_said(model: ScriptedModel) -> None:
    cost = passage("It costs 4.90 euros.", title="Cost", question="What does delivery cost?", score=0.73)

    text, account = await answered(
        question("And what does it cost?", SAID), model.url, Shelf(DAYS, cost, confidence=0.95)
    )

    assert text == cost.text and account.kind == "curated"


async def test_what_was_just_said_is_said_again_where_nothing_else_is_near(model: ScriptedModel) -> None:
    far = passage("Lamps have a guarantee.", title="Guarantee", question="Is there a guarantee?", score=0.5)

    text, _account = await answered(
        question("And is that sure?", SAID), model.url, Shelf(DAYS, far, confidence=0.95)
    )

    assert text == DAYS.text
