"""The words of an explanation are those that people read, in any script."""

import pytest

from inference.engine.words import words_of


def told(text: str, *spans: tuple[int, int]) -> list[tuple[str, list[int]]]:
    return [(text[start:end], tokens) for start, end, tokens in words_of(text, spans)]


def test_parts_of_a_word_are_one_word() -> None:
    assert told("unhelpful staff", (0, 0), (0, 2), (2, 9), (10, 15), (0, 0)) == [
        ("unhelpful", [1, 2]),
        ("staff", [3]),
    ]


def test_an_apostrophe_divides_no_word_and_signs_are_apart() -> None:
    text = "I don't!! 😀😀"
    spans = [(0, 1), (2, 5), (5, 6), (6, 7), (7, 9), (10, 11), (11, 12)]
    assert told(text, *spans) == [("I", [0]), ("don't", [1, 2, 3]), ("!!", [4]), ("😀😀", [5, 6])]


def test_chinese_is_read_by_the_character_unless_a_token_holds_several() -> None:
    text = "这个太差了"
    assert told(text, (0, 1), (0, 2), (2, 3), (3, 5)) == [("这个", [0, 1]), ("太", [2]), ("差了", [3])]


def test_spaces_belong_to_the_next_word_and_at_the_end_to_the_last() -> None:
    assert told("a  b ", (0, 1), (1, 2), (2, 4), (4, 5)) == [("a", [0]), ("b", [1, 2, 3])]


@pytest.mark.parametrize("text", ["", "   "])
def test_without_words_there_are_none(text: str) -> None:
    assert told(text, (0, 0), *([(0, len(text))] if text else []), (0, 0)) == []
