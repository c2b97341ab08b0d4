"""Intervals hold what they promise, and chance is not taken for a difference."""

import numpy as np
import pytest

from inference.training.evaluate.resampling import difference, estimate, holm, wilson
from inference.training.evaluate.rows import Row
from inference.training.evaluate.scores import matrix_of, score


def ones(values):
    return np.array([[value, 1.0] for value in values])


def test_nineteen_of_twenty_intervals_hold_the_truth():
    generator = np.random.default_rng(1)
    held = 0
    for _repeat in range(300):
        found = estimate("rouge_l", ones(generator.exponential(0.3, size=80)))
        held += found.low <= 0.3 <= found.high
    # Percentiles of 80 skewed numbers are known to hold a little less than they promise.
    assert 0.89 <= held / 300 <= 0.98


def test_two_like_versions_are_called_different_in_about_one_of_twenty_reports():
    generator = np.random.default_rng(2)
    wrong = 0
    for _repeat in range(300):
        first, second = generator.normal(size=(2, 60))
        wrong += difference("rouge_l", ones(first), ones(second)).p < 0.05
    assert wrong / 300 <= 0.09


def test_a_small_gain_on_every_example_is_seen_in_pairs_though_the_intervals_overlap():
    generator = np.random.default_rng(3)
    easy = generator.uniform(0, 1, size=100)
    better = easy + 0.03 + generator.normal(scale=0.02, size=100)

    found = difference("rouge_l", ones(easy), ones(better))

    assert found.value == pytest.approx(0.03, abs=0.01)
    assert found.low > 0 and found.p < 0.01
    assert estimate("rouge_l", ones(easy)).high > estimate("rouge_l", ones(better)).low


def test_the_p_of_a_difference_agrees_with_the_normal_distribution():
    # 100 differences with mean 0.2 and deviation 1: two standard errors, a p of 0.046.
    generator = np.random.default_rng(4)
    gaps = generator.normal(size=100)
    gaps = (gaps - gaps.mean()) / gaps.std() + 0.2

    found = difference("rouge_l", ones(np.zeros(100)), ones(gaps))

    assert found.p == pytest.approx(0.046, abs=0.02)
    assert (found.low, found.high) == pytest.approx((0.004, 0.396), abs=0.03)


def test_a_share_that_is_nothing_has_an_interval_all_the_same():
    found = estimate("over_refused", ones(np.zeros(20)))

    # Wilson: 0 of 20 is compatible with 16 in 100.
    assert (found.value, found.low) == (0, 0)
    assert found.high == pytest.approx(0.161, abs=0.001)
    assert wilson(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)


def test_what_says_nothing_of_an_example_does_not_count_as_one():
    found = estimate("cited", np.array([[1.0, 1.0]] * 8 + [[0.0, 0.0]] * 30))

    assert (found.value, found.n) == (1.0, 8)


def test_of_a_few_examples_nothing_is_said():
    found = estimate("rouge_l", ones([0.1, 0.2, 0.3]))

    assert (found.low, found.high, found.n) == (None, None, 3)
    assert difference("rouge_l", ones([0.1]), ones([0.9])).p is None


def test_other_examples_are_no_pair():
    with pytest.raises(ValueError, match="same examples"):
        difference("rouge_l", ones([0.1, 0.2]), ones([0.1]))


def test_many_comparisons_are_judged_more_strictly():
    # The example of Holm's paper, worked by hand: 4 * 0.01, 3 * 0.02, then never less than before.
    assert holm([0.02, 0.01, 0.04, 0.03]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([]) == []
    assert holm([0.9, 0.8]) == [1.0, 1.0]


def test_perplexity_weighs_tokens_and_not_dialogues():
    rows = [
        Row("perplexity", "a", {"perplexity": [10.0, 5.0]}),
        Row("perplexity", "b", {"perplexity": [0.0, 5.0]}),
    ]

    _ids, matrix = matrix_of(rows, "perplexity")

    assert score("perplexity", matrix.sum(axis=0, keepdims=True))[0] == pytest.approx(np.e)


def test_figures_of_labels_are_those_of_scikit_learn():
    from sklearn.metrics import accuracy_score, precision_recall_fscore_support

    generator = np.random.default_rng(5)
    true, given = generator.integers(3, size=(2, 200))
    counts = np.zeros((200, 9))
    counts[np.arange(200), true * 3 + given] = 1

    precision, recall, f1, _rows = precision_recall_fscore_support(true, given, average="macro")
    sums = counts.sum(axis=0, keepdims=True)

    assert score("accuracy", sums)[0] == pytest.approx(accuracy_score(true, given))
    assert score("precision", sums)[0] == pytest.approx(precision)
    assert score("recall", sums)[0] == pytest.approx(recall)
    assert score("macro_f1", sums)[0] == pytest.approx(f1)
