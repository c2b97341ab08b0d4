"""How well groups agree with labels that people gave."""

from collections.abc import Sequence
from math import exp, lgamma, log

import numpy as np
from numpy.typing import NDArray


def purity(labels: Sequence[str], groups: Sequence[int]) -> float:
    """Return the share of texts whose label is the commonest one of their group."""
    return float(_table(labels, groups).max(axis=0).sum() / len(labels))


def adjusted_mutual_information(labels: Sequence[str], groups: Sequence[int]) -> float:
    """Return how much groups tell of labels: 1 for all, 0 for as much as chance.

    Mutual information less what it would be on average if texts fell into groups of these sizes by chance,
    over the mean of the entropies less the same (N. X. Vinh, J. Epps and J. Bailey, Information Theoretic
    Measures for Clusterings Comparison, JMLR 11, 2010).
    """
    table = _table(labels, groups)
    total = int(table.sum())
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    there = table[table > 0] / total
    chance = np.outer(rows, columns)[table > 0] / total**2
    shared = float((there * np.log(there / chance)).sum())
    expected = _expected(rows.tolist(), columns.tolist(), total)
    mean = (_entropy(rows / total) + _entropy(columns / total)) / 2
    return 1.0 if mean == expected else (shared - expected) / (mean - expected)


def _table(labels: Sequence[str], groups: Sequence[int]) -> NDArray[np.int64]:
    """Return how many texts have each pair of label and group."""
    _names, rows = np.unique(labels, return_inverse=True)
    _numbers, columns = np.unique(groups, return_inverse=True)
    table = np.zeros((rows.max() + 1, columns.max() + 1), np.int64)
    np.add.at(table, (rows, columns), 1)
    return table


def _entropy(shares: NDArray[np.float64]) -> float:
    return -float((shares * np.log(shares)).sum())


def _expected(rows: Sequence[int], columns: Sequence[int], total: int) -> float:
    """Return the mean mutual information of tables with these sums; each cell is hypergeometric."""
    found = 0.0
    sizes = {(a, b) for a in rows for b in columns}
    often = {(a, b): rows.count(a) * columns.count(b) for a, b in sizes}
    for (a, b), times in often.items():
        fixed = lgamma(a + 1) + lgamma(b + 1) + lgamma(total - a + 1) + lgamma(total - b + 1)
        fixed -= lgamma(total + 1)
        for n in range(max(1, a + b - total), min(a, b) + 1):
            ways = lgamma(n + 1) + lgamma(a - n + 1) + lgamma(b - n + 1) + lgamma(total - a - b + n + 1)
            found += times * n / total * log(total * n / (a * b)) * exp(fixed - ways)
    return found
