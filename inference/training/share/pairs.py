"""Which neighbouring layers can best share, and what a pair begins with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import torch
from torch import nn
from transformers import PreTrainedModel

from inference.engine.kept_layers import layers_in
from inference.engine.shared_layers import PARTS
from inference.training.language.examples import Example
from inference.training.language.perplexity import perplexity_of
from inference.training.output import Tell

Start = Literal["mean", "first", "second"]
Parts = tuple[str, ...]
Pair = tuple[int, int]

_TOKENS_AT_ONCE = 2048


def cheapest_pairs(
    network: PreTrainedModel, sample: Sequence[Example], parts: Parts, count: int, start: Start, tell: Tell
) -> list[Pair]:
    """Return `count` pairs of neighbours, no layer in two, whose sharing costs least, in their order.

    A pair's cost is what the loss on `sample` rises by when it alone shares; of all choices of so many pairs
    the one with the least sum is taken. Neighbours share because theirs are most alike (Liu et al. 2024,
    https://arxiv.org/abs/2402.14905, section 2.3).
    """
    total = len(layers_in(network))
    costs = [_loss_of(network, sample, (layer, layer + 1), parts, start) for layer in range(total - 1)]
    chosen = _least_sum(costs, count)
    tell({"text": "Pairs that share: " + ", ".join(f"{one} and {other}" for one, other in chosen) + "."})
    return chosen


def matrices_of_pair(network: PreTrainedModel, pair: Pair, parts: Parts) -> list[tuple[nn.Linear, nn.Linear]]:
    """Return what the two layers would share: each matrix of the first beside that of the second."""
    first, second = (layers_in(network)[index] for index in pair)
    return [
        (first.get_submodule(f"{parent}.{name}"), second.get_submodule(f"{parent}.{name}"))
        for parent, names in (PARTS[part] for part in parts)
        for name in names
    ]


@torch.no_grad()
def blend(matrices: Iterable[tuple[nn.Linear, nn.Linear]], start: Start) -> None:
    """Give both matrices of each pair the same numbers, those that training begins with.

    The mean of both, or one of the two, as Bae et al. 2024, https://arxiv.org/abs/2410.20672, section 2.2,
    compare them.
    """
    for first, second in matrices:
        for one, other in zip(first.parameters(), second.parameters(), strict=True):
            both = {"mean": (one + other) / 2, "first": one, "second": other}[start].clone()
            one.copy_(both)
            other.copy_(both)


def _loss_of(
    network: PreTrainedModel, sample: Sequence[Example], pair: Pair, parts: Parts, start: Start
) -> float:
    """The mean surprise of an answer token, in nats, when that pair shares."""
    matrices = matrices_of_pair(network, pair, parts)
    weights = [weight for two in matrices for linear in two for weight in linear.parameters()]
    before = [weight.detach().clone() for weight in weights]
    try:
        blend(matrices, start)
        found = perplexity_of(network, sample, _TOKENS_AT_ONCE)
    finally:
        with torch.no_grad():
            for weight, kept in zip(weights, before, strict=True):
                weight.copy_(kept)
    return found.nats / max(1, found.tokens)


def _least_sum(costs: Sequence[float], count: int) -> list[Pair]:
    """The `count` pairs (i, i + 1) with the least sum of `costs` [i] of which none has a layer in common."""
    best: list[dict[int, tuple[float, tuple[int, ...]]]] = [{0: (0.0, ())}, {0: (0.0, ())}]
    for layer, cost in enumerate(costs):
        # Up to this layer and its neighbour: either they are no pair, or what came before them is free.
        row = dict(best[-1])
        for number, (total, chosen) in best[-2].items():
            if number < count and (number + 1 not in row or total + cost < row[number + 1][0]):
                row[number + 1] = (total + cost, (*chosen, layer))
        best.append(row)
    return [(layer, layer + 1) for layer in best[-1][count][1]]
