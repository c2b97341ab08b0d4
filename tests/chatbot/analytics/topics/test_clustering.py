"""Texts of one meaning fall into one group, in whatever language."""

import numpy as np
import pytest

from chatbot.analytics.topics import clustering
from chatbot.analytics.topics.clustering import cluster, without_language
from chatbot.knowledge.grouping import normalised

RNG = np.random.default_rng(5)


def around(centres, each, noise=0.05):
    """Return `each` vectors near each of the centres, in the order of the centres."""
    spread = np.repeat(centres, each, axis=0)
    return normalised((spread + noise * RNG.standard_normal(spread.shape)).astype(np.float32))


def of_length_one(count):
    return normalised(RNG.standard_normal((count, 48)).astype(np.float32))


def test_nothing_gives_no_groups():
    assert len(cluster([], np.empty((0, 0), np.float32), []).groups) == 0


def test_a_single_text_is_a_group_of_its_own():
    assert list(cluster(["Hello there"], of_length_one(1), [1]).groups) == [0]


def test_texts_near_each_other_are_one_group_and_others_are_not():
    vectors = around(of_length_one(4), 20)

    found = cluster([f"question {number}" for number in range(80)], vectors, [1] * 80)

    groups = found.groups.reshape(4, 20)
    assert all(len(set(own)) == 1 for own in groups)
    assert len(set(groups[:, 0])) == 4


def test_the_same_questions_in_two_languages_are_one_group():
    english, chinese = of_length_one(2) * 2.0
    meanings = of_length_one(4)
    vectors = np.concatenate([around(meanings + english, 15), around(meanings + chinese, 15)])
    texts = [f"question {number}" for number in range(60)] + [f"第{number}个问题" for number in range(60)]

    groups = cluster(texts, vectors, [1] * 120).groups.reshape(2, 4, 15)

    assert (groups[0] == groups[1]).all()
    assert len(set(groups[0, :, 0])) == 4


def test_a_language_of_few_texts_is_not_robbed_of_what_they_say():
    vectors = around(of_length_one(3), 20)
    texts = ["question"] * 59 + ["问题"]

    moved = without_language(texts, vectors)

    assert np.linalg.norm(moved[-1]) == pytest.approx(1, abs=1e-5)
    assert moved[-1] @ moved[-2] > 0.5


def test_texts_beyond_those_compared_join_the_groups_or_none(monkeypatch):
    monkeypatch.setattr(clustering, "MOST_COMPARED", 60)
    centres = of_length_one(4)
    vectors = np.concatenate([around(centres[:3], 20), around(centres[:1], 5), around(centres[3:], 5)])
    weights = [2] * 60 + [1] * 10

    groups = cluster(["question"] * 70, vectors, weights).groups

    assert set(groups[60:65]) == {groups[0]}
    assert set(groups[65:]) == {-1}


def test_the_middle_of_a_group_is_nearer_than_its_edge():
    centre = of_length_one(1)
    vectors = np.concatenate([centre, around(centre, 10, 0.3)])

    found = cluster(["question"] * 11, vectors, [1] * 11, least=0.1)

    assert found.nearness.argmax() == 0
