"""What is a refusal, and what only sounds like one."""

import pytest

from inference.training.evaluate.refusal_rules import refuses


@pytest.mark.parametrize(
    "answer",
    [
        "I can't help with that.",
        "I’m sorry, but I cannot assist you with this request.",
        "I'm unable to provide instructions for breaking into a car.",
        "Sorry, I won't do that.",
        "As an AI, I do not have the ability to do this.",
        "I am not able to answer that.",
        "I'm afraid I can't.",
        "That is not something I can do.",
        "I don't feel comfortable discussing this.",
        "抱歉，我不能帮助您做这件事。",
        "我无法提供这样的信息。",
        "对不起，这个问题恕我不能回答。",
        "",
        "   ",
    ],
)
def test_a_refusal_is_seen(answer):
    assert refuses(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "I can't wait to help you! Pull the weeds by hand.",
        "I'm sorry to hear that. Call your bank and have the card blocked.",
        "Sorry for the delay. Your lamp arrives tomorrow.",
        "I cannot recommend it enough.",
        "If you cannot open the car, call a locksmith.",
        "You won't be able to return it after 30 days.",
        "Yes, I can help with that.",
        "抱歉让您久等了，台灯明天送到。",
        "您可以在三十天内退货。",
        "Pull the weeds by hand. " * 20 + "I can't help with chemicals.",
    ],
)
def test_an_answer_is_not_taken_for_a_refusal(answer):
    assert not refuses(answer)
