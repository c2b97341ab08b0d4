"""The language of a text."""

import pytest

from chatbot.knowledge.parsers.language import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Where is my parcel, and what do I do if it is not here?", "en"),
        ("您的包裹在哪里？", "zh"),
        ("您的包裹 iPhone 15 Pro 已经发货", "zh"),
        ("退貨政策說明", "zh"),
        ("返品はできますか。領収書が必要です。", "ja"),
        ("환불은 어떻게 하나요?", "ko"),
        ("Wie kann ich die Lampe zurückgeben, wenn sie nicht passt?", "de"),
        ("Comment puis-je retourner la lampe si elle ne va pas avec le reste ?", "fr"),
        ("¿Cómo puedo devolver la lámpara si no es de mi gusto?", "es"),
        ("Как вернуть товар?", "ru"),
        ("Як повернути товар? Її не підійшла", "uk"),
        ("كيف يمكنني إرجاع المنتج؟", "ar"),
        ("Read 中文 and English: the shop is open on all days of the week for you", "en"),
        ("", ""),
        ("12345 !!", ""),
        ("Lumen", ""),
    ],
)
def test_the_language_is_guessed_or_left_open(text: str, language: str) -> None:
    assert language_of(text) == language
