"""Words are compared in one form, and Chinese has words too."""

import pytest

from chatbot.knowledge.index.words import words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Refunds, refunded REFUND", ["refund", "refund", "refund"]),
        ("The customer's café", ["the", "custom", "cafe"]),
        ("costs 1,299.50 in 2024 at 10:30", ["cost", "1,299.50", "in", "2024", "at", "10:30"]),
        ("Ｗｉｄｅ １２３", ["wide", "123"]),
        ("怎么退款？", ["怎么", "退款"]),
        ("iPhone保修期2年", ["iphon", "保修", "保修期", "2", "年"]),
        ("カメラ", ["カメ", "メラ"]),
        ("", []),
        ("?! … —", []),
    ],
)
def test_words_of_a_text(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_a_long_chinese_word_is_found_by_its_parts() -> None:
    assert {"长江", "大桥", "长江大桥"} <= set(words("南京市长江大桥"))
