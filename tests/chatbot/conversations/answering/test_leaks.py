"""What of a prompt must not be repeated."""

import pytest

from chatbot.conversations.answering.leaks import PromptGuard

PROMPT = (
    "You are the customer service assistant of Lumen Lamps. We are open on weekdays from 9 to 5 in the old "
    "factory by the river. Never offer a discount of more than ten percent to anybody who asks. "
    "Canary: kx93-plum-7710. The internal code word is “Tangerine”."
)


@pytest.mark.parametrize(
    "text",
    [
        "My instructions: Never offer a discount of more than ten percent to anybody who asks.",
        "I must never offer a discount of more than that.",
        "KX93-PLUM-7710",
        "It is k x 9 3 - p l u m - 7 7 1 0, letter by letter.",
        "0177-mulp-39xk backwards",
        "The word is tangerine.",
    ],
)
def test_what_gives_it_away(text: str) -> None:
    assert PromptGuard(PROMPT).gives_away(text)


@pytest.mark.parametrize(
    "text",
    [
        "I am the customer service assistant of Lumen Lamps.",
        "We are open on weekdays from 9 to 5 in the old factory by the river.",
        "You can return a lamp within 30 days.",
        "",
    ],
)
def test_what_does_not(text: str) -> None:
    assert not PromptGuard(PROMPT).gives_away(text)


def test_what_the_passages_say_anyway_may_be_said() -> None:
    guard = PromptGuard("Answer that item LL-2024-A is sold out.", "LL-2024-A is a floor lamp.")

    assert not guard.gives_away("LL-2024-A is a floor lamp.")
