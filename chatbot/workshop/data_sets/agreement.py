"""How far two people agree who label the same things."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

# The value of the normal distribution that 95 % lie within.
_Z = 1.959964
# J. Landis, G. Koch, "The measurement of observer agreement for categorical data", Biometrics 33, 1977.
_BANDS = ((0.2, "slight"), (0.4, "fair"), (0.6, "moderate"), (0.8, "substantial"))
_FEWEST = 30


@dataclass(frozen=True, slots=True)
class Agreement:
    """Cohen's kappa of `count` pairs, between what it lies with 95 % confidence, and how often they agree."""

    count: int
    observed: float
    kappa: float
    low: float
    high: float

    @property
    def words(self) -> str:
        """What it means, for people who never heard of kappa."""
        band = next((name for most, name in _BANDS if self.kappa <= most), "almost perfect")
        words = _in_words()[band if self.kappa > 0 else "none"]
        if self.count < _FEWEST:
            words += " " + _("Of so few examples that says little.")
        return words


def cohen_kappa(first: Sequence[str], second: Sequence[str]) -> Agreement | None:
    """Return the agreement of two people on the same examples; None where there is nothing to tell.

    J. Cohen, "A coefficient of agreement for nominal scales", Educational and Psychological Measurement 20,
    1960. It is not defined where both give one label alone. The interval is that of J. Fleiss, J. Cohen,
    B. Everitt, "Large sample standard errors of kappa and weighted kappa", Psychological Bulletin 72, 1969,
    cut off at -1 and 1.
    """
    total = len(first)
    if not total or len(second) != total:
        return None
    pairs = Counter(zip(first, second, strict=True))
    labels = sorted(set(first) | set(second))
    rows = {label: count / total for label, count in Counter(first).items()}
    columns = {label: count / total for label, count in Counter(second).items()}
    observed = sum(pairs[label, label] for label in labels) / total
    expected = sum(rows.get(label, 0.0) * columns.get(label, 0.0) for label in labels)
    if expected >= 1:
        return None
    kappa = (observed - expected) / (1 - expected)
    on = sum(
        pairs[label, label]
        / total
        * (1 - (rows.get(label, 0.0) + columns.get(label, 0.0)) * (1 - kappa)) ** 2
        for label in labels
    )
    off = (1 - kappa) ** 2 * sum(
        count / total * (columns.get(one, 0.0) + rows.get(other, 0.0)) ** 2
        for (one, other), count in pairs.items()
        if one != other
    )
    variance = on + off - (kappa - expected * (1 - kappa)) ** 2
    error = math.sqrt(max(variance, 0.0) / total) / (1 - expected)
    return Agreement(total, observed, kappa, max(-1.0, kappa - _Z * error), min(1.0, kappa + _Z * error))


def _in_words() -> dict[str, str]:
    return {
        "none": _("They do not agree more often than chance would have it."),
        "slight": _("They hardly agree: the labels say little. Write down what each label means."),
        "fair": _("They agree now and then: talk about the examples on which they differ."),
        "moderate": _("They agree fairly often: what they differ on is worth a look."),
        "substantial": _("They agree well: the labels can be used."),
        "almost perfect": _("They agree almost always: the labels can be relied on."),
    }
