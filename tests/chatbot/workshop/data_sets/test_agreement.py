"""Cohen's kappa is the one that scikit-learn computes, and its interval covers what it should."""

import random

import pytest
from sklearn.metrics import cohen_kappa_score

from chatbot.workshop.data_sets.agreement import cohen_kappa

LABELS = ("accept", "edit", "reject")


def judged(chance, count, agree):
    """Two people's labels who agree for certain with probability `agree`, and by chance else."""
    first = chance.choices(LABELS, (5, 2, 3), k=count)
    second = [label if chance.random() < agree else chance.choices(LABELS, (5, 2, 3))[0] for label in first]
    return first, second


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("agree", [0.0, 0.5, 0.9])
def test_kappa_is_that_of_scikit_learn(seed, agree):
    first, second = judged(random.Random(seed), 60, agree)

    found = cohen_kappa(first, second)

    assert found.kappa == pytest.approx(cohen_kappa_score(first, second))
    assert found.low <= found.kappa <= found.high and found.count == 60


def test_the_interval_holds_the_true_value_about_95_times_in_100():
    chance = random.Random(1)
    # Of independent draws that agree for certain with probability p, kappa is p.
    runs = [cohen_kappa(*judged(chance, 200, 0.6)) for _run in range(500)]

    share = sum(one.low <= 0.6 <= one.high for one in runs) / len(runs)

    assert 0.92 <= share <= 0.98


def test_where_there_is_nothing_to_tell_there_is_no_kappa():
    assert cohen_kappa([], []) is None
    assert cohen_kappa(["accept"] * 9, ["accept"] * 9) is None


def test_words_say_what_it_means_and_that_few_examples_say_little():
    good = cohen_kappa(["a", "b"] * 50, ["a", "b"] * 50)
    none = cohen_kappa(["a", "a", "b", "b"], ["a", "b", "a", "b"])

    assert good.words == "They agree almost always: the labels can be relied on."
    assert none.words.startswith("They do not agree more often than chance")
    assert none.words.endswith("Of so few examples that says little.")
