"""Texts of one meaning fall into one group."""

import numpy as np

from chatbot.knowledge.grouping import centred, grouped, normalised, word_vectors


def directions(*degrees: float) -> np.ndarray:
    angles = np.radians(np.array(degrees, np.float32))
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def test_what_points_the_same_way_is_one_group():
    assert grouped(directions(0, 90, 5, 95, 180), least=0.9) == [0, 1, 0, 1, 2]


def test_a_group_does_not_creep_from_one_text_to_the_next():
    """Each is near the one before, and the last is far from the first."""
    numbers = grouped(directions(0, 20, 40, 60, 80), least=0.9)

    assert numbers[0] != numbers[-1] and len(set(numbers)) < 5


def test_nothing_is_in_no_group():
    assert grouped(np.empty((0, 2), np.float32), 0.9) == []


def test_words_that_are_rare_count_for_more():
    texts = ["how do I return the lamp", "return the lamp", "how do I park the car", "how do I do the do"]
    rows = word_vectors(texts)
    near = rows @ rows.T

    assert near[0, 1] > near[0, 2]
    np.testing.assert_allclose(np.diag(near), 1, atol=1e-5)


def test_a_text_without_words_resembles_nothing():
    rows = word_vectors(["?!", "?!", "lamp"])

    assert grouped(rows, 0.5) == [0, 1, 2]


def test_centring_takes_away_what_all_texts_share():
    shared = np.array([5.0, 0.0, 0.0], np.float32)
    own = np.eye(3, dtype=np.float32)[[1, 1, 2, 2]]
    bare = normalised(own + shared)

    assert grouped(bare, 0.9) == [0, 0, 0, 0]
    assert grouped(centred(bare), 0.9) == [0, 0, 1, 1]


def test_two_thousand_texts_are_grouped_while_a_page_waits():
    random = np.random.default_rng(7)
    middles = random.normal(size=(200, 64))
    vectors = normalised((middles.repeat(10, 0) + 0.3 * random.normal(size=(2000, 64))).astype(np.float32))

    numbers = grouped(vectors, 0.6)

    assert numbers == [number // 10 for number in range(2000)]
