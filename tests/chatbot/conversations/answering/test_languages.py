"""In which language a visitor writes."""

import pytest

from chatbot.conversations.answering.languages import language_of


@pytest.mark.parametrize(
    ("text", "hint", "language"),
    [
        ("How do I return a lamp?", "", "en"),
        ("怎么退货？", "en", "zh"),
        ("我的 iPhone 充电器 warranty 还有吗", "en", "zh"),
        ("Do you sell 灯?", "en", "en"),
        ("返品はできますか", "", "ja"),
        ("반품하고 싶어요", "", "ko"),
        ("Как вернуть лампу?", "", "ru"),
        ("Як повернути лампу?", "uk", "uk"),
        ("Wie kann ich die Lampe zurückgeben?", "en", "de"),
        ("Comment puis-je retourner une lampe ?", "en", "fr"),
        ("¿Cómo puedo devolver la lámpara?", "", "es"),
        ("How do I return a lamp?", "zh-hans", "en"),
        ("lamp", "de", "de"),
        ("lamp", "zh", ""),
        ("42", "zh", "zh"),
        ("", "", ""),
    ],
)
def test_the_language_of_a_message(text: str, hint: str, language: str) -> None:
    assert language_of(text, hint) == language
