"""Where sentences end."""

import pytest

from chatbot.conversations.answering import sentences


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One. Two! Three?", ["One. ", "Two! ", "Three?"]),
        ("It costs 3.50 euros. Mr. Smith agrees.", ["It costs 3.50 euros. ", "Mr. Smith agrees."]),
        (
            "Open daily, e.g. on Monday. Closed at night.",
            ["Open daily, e.g. on Monday. ", "Closed at night."],
        ),
        ("退货免费。三十天内有效！好吗？", ["退货免费。", "三十天内有效！", "好吗？"]),
        ("- one\n- two\n", ["- one\n", "- two\n"]),
        ("1. Open it.\n2. Close it.", ["1. Open it.\n", "2. Close it."]),
        ('He said "No." Then he left.', ['He said "No." ', "Then he left."]),
        ("", []),
    ],
)
def test_sentences(text: str, parts: list[str]) -> None:
    assert sentences.split(text) == parts


def test_a_growing_text_gives_a_sentence_once_it_has_certainly_ended() -> None:
    assert sentences.take("It costs 3.") == ([], "It costs 3.")
    assert sentences.take("It costs 3. That") == (["It costs 3. "], "That")


@pytest.mark.parametrize("text", ["One. Two! 三。四？\n\n- five\n- six e.g. seven.", "...", "a" * 50])
def test_nothing_gets_lost(text: str) -> None:
    ended, rest = sentences.take(text)

    assert "".join(ended) + rest == text
