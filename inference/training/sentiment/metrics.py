"""How good probabilities are, beside the labels that people gave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.engine.sentiment_facts import LABELS

BINS = 15
Numbers = NDArray[np.float64]


def figures_of(
    probabilities: Sequence[Sequence[float]], labels: Sequence[str], unsure_below: float = 0.0
) -> dict[str, Any]:
    """Figures of probabilities [texts, 3] in the order of LABELS for texts with these labels.

    Where a set knows only some of the labels, its texts get the most probable of those, and probabilities
    count among those alone; `three_class` has the same figures without that. `unsure` is the share of texts
    whose highest probability of the three is below `unsure_below`: they count by their most probable label.
    `confusion` has a row for each true and a column for each given label, in the order of LABELS.
    """
    table = np.asarray(probabilities, dtype=np.float64).reshape(-1, len(LABELS))
    present = [label for label in LABELS if label in set(labels)]
    among = np.where([label in present for label in LABELS], table, 0.0)
    figures = _figures(among / np.maximum(among.sum(axis=1, keepdims=True), 1e-12), labels)
    figures["unsure"] = round(float((table.max(axis=1) < unsure_below).mean()), 4)
    if len(present) < len(LABELS):
        figures["three_class"] = _figures(table, labels)
    return figures


def _figures(table: Numbers, labels: Sequence[str]) -> dict[str, Any]:
    truth = np.array([LABELS.index(label) for label in labels])
    said = table.argmax(axis=1)
    confusion = np.zeros((len(LABELS), len(LABELS)), dtype=int)
    np.add.at(confusion, (truth, said), 1)
    classes = {
        label: _class_figures(confusion, index) for index, label in enumerate(LABELS) if label in labels
    }
    return {
        "rows": len(labels),
        "accuracy": round(float((said == truth).mean()), 4),
        "macro_f1": round(float(np.mean([each["f1"] for each in classes.values()])), 4),
        "ece": round(expected_calibration_error(table.max(axis=1), said == truth), 4),
        "classes": classes,
        "confusion": confusion.tolist(),
    }


def _class_figures(confusion: NDArray[np.int_], index: int) -> dict[str, float]:
    hits, claimed, real = confusion[index, index], confusion[:, index].sum(), confusion[index].sum()
    return {
        "precision": round(float(hits / max(1, claimed)), 4),
        "recall": round(float(hits / max(1, real)), 4),
        "f1": round(float(2 * hits / max(1, claimed + real)), 4),
        "rows": int(real),
    }


def expected_calibration_error(confidences: Numbers, right: NDArray[np.bool_], bins: int = BINS) -> float:
    """The mean distance between confidence and accuracy over equal bins, weighted by the texts in each.

    Guo et al. 2017, https://arxiv.org/abs/1706.04599, equation 3.
    """
    where = np.minimum((confidences * bins).astype(int), bins - 1)
    error = 0.0
    for index in range(bins):
        inside = where == index
        if inside.any():
            error += inside.mean() * abs(right[inside].mean() - confidences[inside].mean())
    return float(error)
