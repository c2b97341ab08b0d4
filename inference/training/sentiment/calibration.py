"""The temperature at which probabilities mean what they say."""

from __future__ import annotations

import torch

from inference.training.sentiment.batches import Batch

# Golden section over the logarithm of the temperature, to a thousandth.
_LOWEST, _HIGHEST = -1.5, 2.5
_STEPS = 20
_GOLDEN = (5**0.5 - 1) / 2


def fitted_temperature(logits: torch.Tensor, batch: Batch) -> float:
    """The temperature that makes the batch's targets most probable under logits [texts, 3].

    Guo et al. 2017, section 4.2, https://arxiv.org/abs/1706.04599; the likelihood has one optimum in the
    temperature's inverse.
    """

    def loss(log_temperature: float) -> float:
        scaled = logits / torch.tensor(log_temperature).exp()
        return float((cross_entropy(scaled, batch.targets, batch.known) * batch.weights).sum())

    low, high = _LOWEST, _HIGHEST
    for _step in range(_STEPS):
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        low, high = (low, right) if loss(left) < loss(right) else (left, high)
    return float(torch.tensor((low + high) / 2).exp())


def cross_entropy(logits: torch.Tensor, targets: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
    """The cross-entropy [texts] of targets among the labels that each text's set knows; all [texts, 3]."""
    impossible = torch.finfo(logits.dtype).min
    among = torch.log_softmax(logits.masked_fill(~known, impossible), dim=1)
    return -(targets * among.masked_fill(~known, 0.0)).sum(dim=1)
