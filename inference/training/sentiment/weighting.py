"""Labels made as frequent as they are expected to be where the head will judge."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from inference.training.sentiment.examples import Example, Shares


def weighted(examples: Sequence[Example], expected: Mapping[str, Shares]) -> list[Example]:
    """The examples with targets and weights such that, by weight, each language has the expected shares.

    The ratio of expected to found share of a label weighs its part of the cross-entropy (Saerens et al. 2002,
    https://doi.org/10.1162/089976602753284446, section 2.2, put into the loss).
    """
    found: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for example in examples:
        for index, share in enumerate(example.target):
            found[example.language][index] += share * example.weight
    ratios = {}
    for language, sums in found.items():
        wanted = expected.get(language, sums)
        ratios[language] = [
            each / total * sum(sums) / sum(wanted) if total else 0.0
            for each, total in zip(wanted, sums, strict=True)
        ]
    return [_reweighted(example, ratios[example.language]) for example in examples]


def _reweighted(example: Example, ratios: Sequence[float]) -> Example:
    negative, neutral, positive = (share * ratio for share, ratio in zip(example.target, ratios, strict=True))
    total = negative + neutral + positive
    if not total:
        return example
    target = (negative / total, neutral / total, positive / total)
    return replace(example, target=target, weight=example.weight * total)
