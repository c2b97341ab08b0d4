import numpy as np

from chatbot.knowledge.tuning.regression import fit, probabilities


def test_a_feature_that_decides_is_found_and_one_that_never_varies_is_not_used() -> None:
    draw = np.random.default_rng(1)
    rows = np.c_[draw.normal(size=2000), draw.normal(size=2000), np.full(2000, 7.0)]
    truth = draw.random(2000) < 1 / (1 + np.exp(-(2 * rows[:, 0] - 1)))
    model = fit(rows, ("a", "b", "c"), truth, np.ones(2000))
    assert abs(model.weights[0] - 2) < 0.3
    assert abs(model.weights[1]) < 0.2
    assert model.weights[2] == 0
    assert abs(model.bias + 1) < 0.2
    values = dict(zip(("a", "b", "c"), rows[0].tolist(), strict=True))
    assert np.isclose(probabilities(model, rows[:1])[0], model.probability(values))


def test_the_same_data_give_the_same_weights() -> None:
    rows = np.arange(40, dtype=float).reshape(20, 2)
    truth = np.arange(20) % 3 == 0
    assert fit(rows, ("a", "b"), truth, np.ones(20)) == fit(rows, ("a", "b"), truth, np.ones(20))
