"""Groups agree with labels as far as the literature says."""

import pytest

from benchmarks.agreement import adjusted_mutual_information, purity

LABELS = list("aaabbbcccc")


def test_groups_that_are_the_labels_agree_fully():
    assert adjusted_mutual_information(LABELS, [0, 0, 0, 1, 1, 1, 2, 2, 2, 2]) == pytest.approx(1)
    assert purity(LABELS, [0, 0, 0, 1, 1, 1, 2, 2, 2, 2]) == 1


def test_one_group_for_all_tells_nothing():
    assert adjusted_mutual_information(LABELS, [0] * 10) == pytest.approx(0)
    assert purity(LABELS, [0] * 10) == 0.4


def test_a_group_of_its_own_for_each_tells_no_more_than_chance():
    assert adjusted_mutual_information(LABELS, list(range(10))) == pytest.approx(0)


def test_what_is_between_is_as_scikit_learn_has_it():
    """sklearn.metrics.adjusted_mutual_info_score of the same, by the arithmetic mean."""
    assert adjusted_mutual_information(LABELS, [0, 0, 1, 1, 1, 2, 2, 2, 2, 0]) == pytest.approx(
        0.237288778, abs=1e-6
    )
