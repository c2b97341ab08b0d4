"""How good probabilities are, beside the labels that people gave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.engine.sentiment_head import LABELS

BINS = 15
Numbers = NDArray[np.float64]


def figures_of(
    probabilities: Sequence[Sequence[float]], labels: Sequence[str], unsure_below: float = 0.0
) -> dict[str, Any]:
    """Figures of probabilities [texts, 3] in the order of LABELS for texts with these labels.

    Where a set knows only some of the labels, its texts get the most probable of those, and probabilities
    count among those alone; `three_class` has the same figures without that. `unsure` is the share of texts
    whose highest probability of the three is below `unsure_below`: they count by their most probable label.
    """
    table = np.asarray(probabilities, dtype=np.float64).reshape(-1, len(LABELS))
    present = [label for label in LABELS if label in set(labels)]
    columns = [LABELS.index(label) for label in present]
    among = table[:, columns]
    figures = _figures(among / np.maximum(among.sum(axis=1, keepdims=True), 1e-12), present, labels, present)
    figures["texts"] = len(labels)
    figures["unsure"] = round(float((table.max(axis=1) < unsure_below).mean()), 4)
    if len(present) < len(LABELS):
        figures["three_class"] = _figures(table, list(LABELS), labels, present)
    return figures


def _figures(
    table: Numbers, answers: Sequence[str], labels: Sequence[str], present: Sequence[str]
) -> dict[str, Any]:
    said = [answers[index] for index in table.argmax(axis=1)]
    right = np.array([one == other for one, other in zip(said, labels, strict=True)])
    per_class = {label: _class_figures(said, labels, label) for label in present}
    return {
        "accuracy": round(float(right.mean()), 4),
        "macro_f1": round(float(np.mean([each["f1"] for each in per_class.values()])), 4),
        "ece": round(expected_calibration_error(table.max(axis=1), right), 4),
        "labels": list(answers),
        "per_class": per_class,
        "confusion": {
            label: {
                answer: sum(one == answer and other == label for one, other in zip(said, labels, strict=True))
                for answer in answers
            }
            for label in present
        },
    }


def _class_figures(said: Sequence[str], labels: Sequence[str], label: str) -> dict[str, float]:
    hits = sum(one == label == other for one, other in zip(said, labels, strict=True))
    claimed, real = sum(one == label for one in said), sum(one == label for one in labels)
    precision, recall = hits / max(1, claimed), hits / max(1, real)
    f1 = 2 * hits / max(1, claimed + real)
    return {
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(f1, 4),
        "texts": real,
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
