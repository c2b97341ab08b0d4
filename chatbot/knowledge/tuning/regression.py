"""Logistic regression by Newton's method, in a few lines of numpy."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from chatbot.knowledge.ranking.parameters import Logistic

Array = NDArray[np.float64]
_STEPS = 40
_ENOUGH = 1e-7


def fit(
    rows: Array, names: Sequence[str], truth: NDArray[np.bool_], weights: Array, penalty: float = 1.0
) -> Logistic:
    """Fit `truth` (n,) from `rows` (n, features), with L2 `penalty` on standardised features.

    Weights count relative to their mean. A feature that never varies gets no weight.
    """
    mean, spread = rows.mean(axis=0), rows.std(axis=0)
    used = spread > 1e-9
    spread = np.where(used, spread, 1.0)
    design = np.c_[(rows - mean) / spread * used, np.ones(len(rows))]
    ridge = np.eye(design.shape[1]) * penalty
    ridge[-1, -1] = 1e-6
    relative = weights / weights.mean()
    solution = np.zeros(design.shape[1])
    for _step in range(_STEPS):
        expected = 1 / (1 + np.exp(-np.clip(design @ solution, -30, 30)))
        slope = design.T @ (relative * (expected - truth)) + ridge @ solution
        curvature = (design * (relative * expected * (1 - expected))[:, None]).T @ design + ridge
        change = np.linalg.solve(curvature, slope)
        solution -= change
        if np.abs(change).max() < _ENOUGH:
            break
    factors = solution[:-1] / spread * used
    bias = float(solution[-1] - factors @ mean)
    return Logistic(tuple(names), tuple(float(factor) for factor in factors), bias)


def probabilities(model: Logistic, rows: Array) -> Array:
    """Return the model's probability for each row."""
    total = rows @ np.asarray(model.weights) + model.bias
    result: Array = 1 / (1 + np.exp(-np.clip(total, -30, 30)))
    return result
