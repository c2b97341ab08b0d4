"""Text comes out whole: no piece ends inside a character, and the pieces together are the text."""

import pytest

from inference.engine.detokenizer import Detokenizer
from tests.inference.engine.tiny import byte_level_tokenizer, sentencepiece_tokenizer

TEXTS = ["Hello world!", "您好，请问有什么可以帮您？", "naïve 👩‍👩‍👧 🎉 done", "a\n\n  b\t", "Ελληνικά עברית"]


@pytest.mark.parametrize("text", TEXTS)
def test_byte_level_pieces_are_whole_characters(text: str) -> None:
    tokenizer = byte_level_tokenizer().backend_tokenizer
    detokenizer = Detokenizer(tokenizer)
    pieces = [detokenizer.add(token) for token in tokenizer.encode(text).ids] + [detokenizer.flush()]

    assert "".join(pieces) == text
    assert not any("\ufffd" in piece for piece in pieces)
    assert len([piece for piece in pieces if piece]) > 1


@pytest.mark.parametrize("text", ["Hello world!", "你好 world", "👋"])
def test_sentencepiece_keeps_spaces_and_bytes_together(text: str) -> None:
    tokenizer = sentencepiece_tokenizer()
    ids = []
    for word in text.split(" "):
        pieces = tokenizer.encode("▁" + word).ids if word.isascii() else []
        ids += pieces or [*tokenizer.encode("▁").ids, *word.encode()]
    detokenizer = Detokenizer(tokenizer)
    pieces = [detokenizer.add(token) for token in ids] + [detokenizer.flush()]

    assert "".join(pieces) == tokenizer.decode(ids)
    assert not any("\ufffd" in piece for piece in pieces)


def test_an_unfinished_character_is_held_back_until_the_end() -> None:
    tokenizer = byte_level_tokenizer().backend_tokenizer
    emoji = tokenizer.encode("🦔").ids
    detokenizer = Detokenizer(tokenizer)

    assert [detokenizer.add(token) for token in emoji[:-1]] == [""] * (len(emoji) - 1)
    assert "\ufffd" in detokenizer.flush()
