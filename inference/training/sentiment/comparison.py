"""The same held-back messages before and after training."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from inference.engine.sentiment_facts import LABELS
from inference.training.sentiment.examples import Example
from inference.training.sentiment.metrics import figures_of

UNKNOWN_LANGUAGE = "und"

Probabilities = Sequence[Sequence[float]]


def figures_by_language(
    probabilities: Probabilities, examples: Sequence[Example], unsure_below: float
) -> dict[str, Any]:
    """The figures of all examples, and under `languages` those of each language, by its code."""
    figures = figures_of(probabilities, [example.label for example in examples], unsure_below)
    figures["languages"] = {
        language: figures_of(
            [probabilities[index] for index in some], [examples[index].label for index in some], unsure_below
        )
        for language, some in _by_language(examples).items()
    }
    return figures


def paired(
    before: Probabilities, after: Probabilities, examples: Sequence[Example]
) -> dict[str, list[list[list[int]]]]:
    """For each language the counts [true][before][after] of labels, in the order of LABELS.

    The label is the most probable of those that the language's examples have, as in `figures_of`.
    """
    counts: dict[str, list[list[list[int]]]] = {}
    for language, some in _by_language(examples).items():
        cube = [[[0 for _after in LABELS] for _before in LABELS] for _true in LABELS]
        present = {LABELS.index(examples[index].label) for index in some}
        for index in some:
            true = LABELS.index(examples[index].label)
            cube[true][_highest(before[index], present)][_highest(after[index], present)] += 1
        counts[language] = cube
    return counts


def _by_language(examples: Sequence[Example]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for index, example in enumerate(examples):
        found[example.language or UNKNOWN_LANGUAGE].append(index)
    return dict(sorted(found.items()))


def _highest(row: Sequence[float], present: Collection[int]) -> int:
    return max(sorted(present), key=lambda index: row[index])
