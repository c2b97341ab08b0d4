"""An explanation marks the right characters, and its table adds up."""

import pytest

from chatbot.operators.explained import Piece, explained
from inference.classifying import Explanation, Verdict, WordPull

VERDICT = Verdict(0.8, 0.1, 0.1, "negative", "sentiment@1", ("en",))


def explanation(*words: tuple[int, int, float], text: str, baseline: float = 0.1) -> Explanation:
    pulls = tuple(WordPull(start, end, text[start:end], pull) for start, end, pull in words)
    return Explanation(VERDICT, pulls, baseline)


def test_what_is_between_the_words_and_after_what_was_read_is_kept_unmarked():
    text = "Bad, very bad lamp… and so on"
    shown = explained(text, explanation((0, 3, -0.6), (5, 9, 0.2), (10, 13, -0.3), text=text))

    assert "".join(piece.text for piece in shown.pieces) == text
    assert shown.pieces[:3] == [Piece("Bad", "down", 3), Piece(", "), Piece("very", "up", 2)]
    assert shown.pieces[-1] == Piece(" lamp… and so on")


def test_the_strongest_come_first_and_the_rest_in_one_row_that_adds_up():
    text = "a" * 40
    words = [(number, number + 1, (-1) ** number * number / 100) for number in range(40)]
    shown = explained(text, explanation(*words, text=text))

    assert [round(word.pull, 2) for word in shown.words[:2]] == [-0.39, 0.38]
    assert (len(shown.words), shown.rest_count) == (15, 25)
    assert shown.total == pytest.approx(shown.baseline + sum(word.pull for word in shown.words) + shown.rest)


@pytest.mark.parametrize("words", [[(0, 3, -0.5), (2, 5, 0.5)], [(3, 9, 0.1)], [(4, 4, 0.5)], []])
def test_words_that_overlap_or_lie_outside_lose_no_character(words):
    shown = explained("12345", explanation(*words, text="12345"))

    assert "".join(piece.text for piece in shown.pieces) == "12345"


def test_pulls_too_weak_to_see_are_not_drawn():
    shown = explained("ab", explanation((0, 1, 0.004), (1, 2, 0.5), text="ab"))

    assert shown.pieces == [Piece("a"), Piece("b", "up", 3)]
