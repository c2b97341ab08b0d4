"""What is small talk, and what asks for something."""

import pytest

from chatbot.conversations.answering import phrases
from chatbot.conversations.answering.small_talk import small_talk


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Hello", "hello"),
        ("hi there!", "hello"),
        ("Good morning 👋", "hello"),
        ("你好", "hello"),
        ("您好，在吗？", "hello"),
        ("Thanks a lot!", "thanks"),
        ("ok thank you so much", "thanks"),
        ("好的，谢谢", "thanks"),
        ("Bye", "goodbye"),
        ("再见", "goodbye"),
        ("Who are you?", "who"),
        ("hi who are you", "who"),
        ("你是谁？", "who"),
        ("Are you a human?", "human"),
        ("are you a real person or a bot?", "human"),
        ("你是真人吗", "human"),
        ("How are you today?", "how"),
        ("Hello! How are you?", "how"),
        ("What can you help me with?", "help"),
        ("你能做什么？", "help"),
        ("ok", "fine"),
        ("Bonjour", "hello"),
        ("¡Muchas gracias!", "thanks"),
        ("こんにちは", "hello"),
    ],
)
def test_small_talk(text: str, name: str) -> None:
    assert small_talk(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "Hello, how do I return a lamp?",
        "hi what are your opening hours",
        "Thanks, and how long does delivery take?",
        "Who are your suppliers?",
        "Who are you shipping with?",
        "What is your name for the red lamp?",
        "Are you a member of the lamp guild?",
        "How are you shipping my order?",
        "Can you help me return my lamp?",
        "I have a question about lamps",
        "你好，怎么退货？",
        "你是哪家公司的",
        "谢谢，那运费多少？",
        "goodbye party lamps in stock?",
        "good lamps for reading",
        "",
        "   ",
        "hello " * 60,
    ],
)
def test_what_asks_for_something_is_none(text: str) -> None:
    assert small_talk(text) is None


def test_every_phrase_is_there_in_every_language() -> None:
    languages = ("en", "zh", "de", "fr", "es", "ja")
    for name in ("hello", "thanks", "goodbye", "who", "human", "how", "help", "fine", "sorry", "unknown"):
        said = {phrases.phrase(name, language) for language in languages}
        assert len(said) == len(languages), name


def test_a_language_that_nobody_translated_is_answered_in_english() -> None:
    assert phrases.phrase("hello", "sv") == phrases.phrase("hello", "en") == phrases.phrase("hello", "")


def test_a_person_is_offered_only_where_there_are_any() -> None:
    assert phrases.unknown("en", people=True).endswith("Would you like to talk to a person?")
    assert "person" not in phrases.unknown("en", people=False)
