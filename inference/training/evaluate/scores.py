"""From the sums of what examples gave to figures: one formula for each name, the same for every resampling.

A figure is a function of sums, so that a bootstrap draws examples, adds up their numbers and asks again.
Perplexity is exp(nats / tokens). BLEU (Papineni et al. 2002, https://aclanthology.org/P02-1040) and chrF
(Popović 2015, https://aclanthology.org/W15-3049) are sacrebleu's, from its own statistics of a segment. What
is measured of heads comes from the counts [true][given]. Everything else is a ratio of two sums.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from inference.training.evaluate.rows import Row

Numbers = NDArray[np.float64]

# Whether a larger one is better.
BETTER_HIGH = {
    **dict.fromkeys(("bleu", "chrf", "rouge_1", "rouge_2", "rouge_l", "token_f1", "cited"), True),
    **dict.fromkeys(("refused_when_unanswerable", "refused_unsafe", "tokens_per_second"), True),
    **dict.fromkeys(("accuracy", "precision", "recall", "macro_f1"), True),
    **dict.fromkeys(("recall_at_1", "recall_at_5", "mrr_at_10", "texts_per_second"), True),
    **dict.fromkeys(("perplexity", "refused_when_answerable", "over_refused"), False),
    **dict.fromkeys(("first_token_ms", "resident_mb", "load_seconds"), False),
}
# Shares of examples: each gave 0 or 1.
SHARES = frozenset(
    ("cited", "refused_when_unanswerable", "refused_when_answerable", "refused_unsafe", "over_refused")
) | {"accuracy", "recall_at_1", "recall_at_5"}
# What depends on the machine, and so is compared on like ones only.
OF_THE_MACHINE = frozenset(
    ("tokens_per_second", "first_token_ms", "resident_mb", "load_seconds", "texts_per_second")
)
# From a confusion matrix that is laid out in one row.
_OF_LABELS = ("accuracy", "precision", "recall", "macro_f1")


def names_of(row: Row) -> Iterable[str]:
    """Return the figures that a row counts for; "confusion" counts for four."""
    for name in row.values:
        yield from _OF_LABELS if name == "confusion" else (name,)


def matrix_of(rows: Iterable[Row], name: str) -> tuple[list[str], Numbers]:
    """Return the ids and the numbers [examples, columns] of the rows that count for the figure `name`."""
    column = "confusion" if name in _OF_LABELS else name
    found = [(row.id, row.values[column]) for row in rows if column in row.values]
    return [key for key, _numbers in found], np.array([numbers for _key, numbers in found], dtype=np.float64)


def score(name: str, sums: Numbers) -> Numbers:
    """Return the figure `name` for each row of sums [draws, columns]; NaN where nothing was counted."""
    return _FORMULAS.get(name, _ratio)(sums)


def _ratio(sums: Numbers) -> Numbers:
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Numbers = np.where(sums[:, 1] > 0, sums[:, 0] / sums[:, 1], np.nan)
    return found


def _perplexity(sums: Numbers) -> Numbers:
    # A network of random weights may be so far off that it overflows: that is infinite, and no error.
    with np.errstate(over="ignore"):
        found: Numbers = np.exp(_ratio(sums))
    return found


def _by_sacrebleu(metric: Any) -> Callable[[Numbers], Numbers]:
    def scored(sums: Numbers) -> Numbers:
        whole = sums.round().astype(int).tolist()
        return np.array([metric._compute_score_from_stats(row).score for row in whole])

    return scored


def _of_labels(part: Callable[[Numbers], Numbers]) -> Callable[[Numbers], Numbers]:
    def scored(sums: Numbers) -> Numbers:
        size = round(sums.shape[1] ** 0.5)
        return part(sums.reshape(-1, size, size))

    return scored


def _accuracy(counts: Numbers) -> Numbers:
    found: Numbers = np.trace(counts, axis1=1, axis2=2) / np.maximum(counts.sum(axis=(1, 2)), 1)
    return found


def _mean_over_true(figures: Numbers, counts: Numbers) -> Numbers:
    """The mean over the labels that people gave to at least one text."""
    true = counts.sum(axis=2) > 0
    found: Numbers = (figures * true).sum(axis=1) / np.maximum(true.sum(axis=1), 1)
    return found


def _precision(counts: Numbers) -> Numbers:
    right = np.diagonal(counts, axis1=1, axis2=2)
    return _mean_over_true(right / np.maximum(counts.sum(axis=1), 1), counts)


def _recall(counts: Numbers) -> Numbers:
    right = np.diagonal(counts, axis1=1, axis2=2)
    return _mean_over_true(right / np.maximum(counts.sum(axis=2), 1), counts)


def _macro_f1(counts: Numbers) -> Numbers:
    right = np.diagonal(counts, axis1=1, axis2=2)
    both = counts.sum(axis=1) + counts.sum(axis=2)
    return _mean_over_true(2 * right / np.maximum(both, 1), counts)


_FORMULAS: dict[str, Callable[[Numbers], Numbers]] = {
    "perplexity": _perplexity,
    "bleu": _by_sacrebleu(BLEU()),
    "chrf": _by_sacrebleu(CHRF()),
    "accuracy": _of_labels(_accuracy),
    "precision": _of_labels(_precision),
    "recall": _of_labels(_recall),
    "macro_f1": _of_labels(_macro_f1),
}
