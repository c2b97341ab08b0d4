"""Which examples are learnt from together, and their tensors."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from inference.training.language.examples import Example

NOT_LEARNT = -100
# Examples of similar length are sought among so many batches' worth, so that little is padded.
_BATCHES_SORTED = 16


@dataclass(slots=True)
class Batch:
    """Tensors (rows, length), padded on the right.

    `tokens` are int64; `mask` is 1 where there is a token; `labels` is the token itself where it is learnt,
    else -100. Whoever computes a loss lets position i - 1 say the label of position i.
    """

    tokens: torch.Tensor
    mask: torch.Tensor
    labels: torch.Tensor

    @property
    def answer_tokens(self) -> int:
        """How many tokens are learnt."""
        return int((self.labels[:, 1:] != NOT_LEARNT).sum())

    def to(self, device: torch.device) -> Batch:
        """The same batch on `device`."""
        return Batch(self.tokens.to(device), self.mask.to(device), self.labels.to(device))


def batch_of(examples: Sequence[Example]) -> Batch:
    """The tensors of examples, in order."""
    length = max(len(example.tokens) for example in examples)
    tokens = torch.zeros(len(examples), length, dtype=torch.int64)
    mask = torch.zeros(len(examples), length, dtype=torch.int64)
    labels = torch.full((len(examples), length), NOT_LEARNT, dtype=torch.int64)
    for row, example in enumerate(examples):
        count = len(example.tokens)
        tokens[row, :count] = torch.tensor(example.tokens)
        mask[row, :count] = 1
        learnt = torch.tensor(example.learnt)
        labels[row, :count][learnt] = tokens[row, :count][learnt]
    return Batch(tokens, mask, labels)


def batches(examples: Sequence[Example], tokens_at_once: int, seed: int, epoch: int) -> Iterator[Batch]:
    """One epoch: every example once, by chance, in batches of at most `tokens_at_once` with the padding.

    An example that is longer is a batch by itself. The same seed and epoch give the same batches.
    """
    lengths = [len(example.tokens) for example in examples]
    for rows in shuffled_rows(lengths, tokens_at_once, seed, epoch):
        yield batch_of([examples[row] for row in rows])


def shuffled_rows(lengths: Sequence[int], tokens_at_once: int, seed: int, epoch: int) -> list[list[int]]:
    """Which examples, by index, stand together in each batch of an epoch."""
    chance = random.Random(f"{seed} {epoch}")
    order = list(range(len(lengths)))
    chance.shuffle(order)
    mean = max(1.0, sum(lengths) / max(1, len(lengths)))
    window = max(1, round(_BATCHES_SORTED * tokens_at_once / mean))
    found: list[list[int]] = []
    for start in range(0, len(order), window):
        found += rows_by_length(order[start : start + window], lengths, tokens_at_once)
    chance.shuffle(found)
    return found


def rows_by_length(indexes: Sequence[int], lengths: Sequence[int], tokens_at_once: int) -> list[list[int]]:
    """Put `indexes` into batches of like lengths, each of at most `tokens_at_once` with the padding."""
    found: list[list[int]] = []
    for index in sorted(indexes, key=lambda one: lengths[one]):
        if found and (len(found[-1]) + 1) * lengths[index] <= tokens_at_once:
            found[-1].append(index)
        else:
            found.append([index])
    return found
