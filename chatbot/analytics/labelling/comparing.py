"""Two heads on the same held-back texts: figures, and whether the difference between them is real."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chatbot.analytics.models import SentimentLabel

LABELS: tuple[str, ...] = tuple(SentimentLabel.values)
DRAWS = 2000
CONFIDENCE = 0.95
_SEED = 7


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """Of the texts that people gave one label: how a head did on them."""

    label: str
    rows: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Figures:
    """How a head did. `confusion` has a row for each true label and a column for each that it gave.

    `macro_f1` is the mean over the labels that people gave.
    """

    rows: int
    accuracy: float
    macro_f1: float
    classes: tuple[ClassFigures, ...]
    confusion: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """How much the macro-F1 after is above the one before, and between what it lies with 95 % confidence."""

    value: float
    low: float
    high: float

    @property
    def is_real(self) -> bool:
        """Whether chance alone would hardly bring such a difference about."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """The same texts by the head before and the one after."""

    before: Figures
    after: Figures
    gap: Gap


class NoFigures(ValueError):
    """The counts are not what they should be."""


def counts_of(value: Any) -> "np.ndarray[Any, np.dtype[np.int64]]":
    """Return counts[true][before][after] as an array; raises NoFigures for what a program got wrong."""
    size = len(LABELS)
    try:
        counts = np.array(value, dtype=np.int64)
    except (ValueError, TypeError, OverflowError):
        raise NoFigures("counts are whole numbers") from None
    if counts.shape != (size, size, size) or (counts < 0).any():
        raise NoFigures(f"counts have the shape {size} x {size} x {size}")
    return counts


def by_language(paired: Any) -> dict[str, Comparison]:
    """Return the comparison for each language that was held back; raises NoFigures."""
    if not isinstance(paired, Mapping) or not paired:
        raise NoFigures("there are no counts")
    arrays = {str(language): counts_of(value) for language, value in paired.items()}
    return {language: compare(counts) for language, counts in arrays.items() if counts.sum()}


def overall(paired: Any) -> Comparison:
    """Return the comparison over all languages together; raises NoFigures."""
    if not isinstance(paired, Mapping) or not paired:
        raise NoFigures("there are no counts")
    return compare(sum(counts_of(value) for value in paired.values()))


def compare(counts: Any) -> Comparison:
    """Return both heads' figures and their gap from counts[true][before][after]; raises NoFigures if empty.

    The interval is that of the paired bootstrap: texts are drawn anew with replacement, both heads judged on
    the same ones, DRAWS times. B. Efron, R. Tibshirani, "An Introduction to the Bootstrap", Chapman & Hall
    1993, chapter 13 (percentile interval); P. Koehn, "Statistical significance tests for machine translation
    evaluation", EMNLP 2004 (pairs). The counts are all that such a draw depends on.
    """
    array = counts_of(counts)
    total = int(array.sum())
    if not total:
        raise NoFigures("there are no texts")
    present = array.sum(axis=(1, 2)) > 0
    drawn = np.random.default_rng(_SEED).multinomial(total, array.ravel() / total, size=DRAWS)
    drawn = drawn.reshape(DRAWS, *array.shape)
    gaps = _macro_f1(drawn.sum(axis=2), present) - _macro_f1(drawn.sum(axis=3), present)
    low, high = np.quantile(gaps, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    before, after = figures(array.sum(axis=2)), figures(array.sum(axis=1))
    return Comparison(before, after, Gap(after.macro_f1 - before.macro_f1, float(low), float(high)))


def figures(confusion: Any) -> Figures:
    """Return the figures of a confusion matrix, rows true and columns given."""
    array = np.asarray(confusion)
    right, given, true = np.diag(array), array.sum(axis=0), array.sum(axis=1)
    classes = tuple(
        ClassFigures(
            label=label,
            rows=int(true[place]),
            precision=_share(right[place], given[place]),
            recall=_share(right[place], true[place]),
            f1=_share(2 * right[place], given[place] + true[place]),
        )
        for place, label in enumerate(LABELS)
    )
    here = [one.f1 for one in classes if one.rows]
    return Figures(
        rows=int(array.sum()),
        accuracy=_share(right.sum(), array.sum()),
        macro_f1=sum(here) / len(here) if here else 0.0,
        classes=classes,
        confusion=tuple(tuple(int(count) for count in row) for row in array),
    )


def _macro_f1(confusions: Any, present: Sequence[bool] | Any) -> Any:
    """Return the macro-F1 of each of many confusion matrices, over the labels `present`."""
    right = np.diagonal(confusions, axis1=1, axis2=2)
    sums = confusions.sum(axis=1) + confusions.sum(axis=2)
    return (2 * right / np.maximum(sums, 1))[:, present].mean(axis=1)


def _share(part: Any, whole: Any) -> float:
    return float(part / whole) if whole else 0.0
