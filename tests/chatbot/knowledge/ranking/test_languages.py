import pytest

from chatbot.knowledge.ranking.languages import is_english, script_of


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("When do you open?", "latin"),
        ("你们几点开门？", "han"),
        ("我的 iPhone 15 Pro Max 什么时候发货？", "han"),
        ("何時に開きますか", "kana"),
        ("언제 문을 여나요?", "hangul"),
        ("Когда вы открываетесь?", "cyrillic"),
        ("12345", ""),
        ("", ""),
    ],
)
def test_the_script_of_a_text(text: str, script: str) -> None:
    assert script_of(text) == script


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("How long does shipping take?", True),
        ("refund status", True),
        ("Wie lange dauert die Lieferung?", False),
        ("Où est mon colis ?", False),
        ("¿Dónde está mi pedido?", False),
        ("退货", False),
    ],
)
def test_what_counts_as_english(text: str, english: bool) -> None:
    assert is_english(text) is english
