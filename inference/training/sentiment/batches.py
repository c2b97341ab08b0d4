"""Which texts are learned from together."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from inference.training.sentiment.examples import Example

# Texts of similar length are sought among so many batches' worth, so that little is padded.
_BATCHES_SORTED = 32


@dataclass(frozen=True, slots=True)
class Batch:
    """Examples and their tokens; for each text [texts, 3] targets and known labels, and [texts] weights."""

    examples: Sequence[Example]
    tokens: list[list[int]]
    targets: torch.Tensor
    known: torch.Tensor
    weights: torch.Tensor


def batch_of(examples: Sequence[Example], tokens: Sequence[list[int]]) -> Batch:
    """The tensors of examples whose texts have these tokens."""
    return Batch(
        examples,
        list(tokens),
        torch.tensor([example.target for example in examples]),
        torch.tensor([example.known for example in examples]),
        torch.tensor([example.weight for example in examples]),
    )


def shuffled_batches(
    examples: Sequence[Example], tokens: Sequence[list[int]], size: int, chance: random.Random
) -> Iterator[Batch]:
    """One epoch: every example once, by chance, in batches of texts of similar length."""
    order = list(range(len(examples)))
    chance.shuffle(order)
    window = size * _BATCHES_SORTED
    batches: list[list[int]] = []
    for start in range(0, len(order), window):
        some = sorted(order[start : start + window], key=lambda index: len(tokens[index]))
        batches += [some[first : first + size] for first in range(0, len(some), size)]
    chance.shuffle(batches)
    for batch in batches:
        yield batch_of([examples[index] for index in batch], [tokens[index] for index in batch])
