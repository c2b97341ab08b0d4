"""Single weights set to zero, the smallest ones."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from transformers import PreTrainedModel

from inference.engine.kept_layers import layers_in
from inference.training.output import Tell

NOTE = (
    "Zeros are stored and multiplied like any other number: this model takes the same memory and time as "
    "before. It shows how much of a model is needed; to save something, take out layers or quantise."
)


def remove_weights(network: PreTrainedModel, share: float, tell: Tell) -> dict[str, Any]:
    """Set the smallest weights of each product in the layers to zero, and keep them there.

    By magnitude, within each matrix, with training afterwards in which they stay zero (Han et al. 2015,
    https://arxiv.org/abs/1506.02626). Returns what is said of it in a result.
    """
    zeros = total = 0
    for module in layers_in(network).modules():
        if not isinstance(module, nn.Linear):
            continue
        weight = module.weight
        count = int(weight.numel() * share)
        if count:
            limit = weight.detach().abs().flatten().kthvalue(count).values
            _hold(weight, weight.detach().abs() > limit)
        zeros += int((weight == 0).sum())
        total += weight.numel()
    tell({"text": NOTE})
    return {"zeros": zeros, "zeros_share": round(zeros / max(1, total), 4), "note": NOTE}


def _hold(weight: nn.Parameter, mask: torch.Tensor) -> None:
    """Zero what `mask` leaves out; without a gradient the optimizer never moves it from there."""
    with torch.no_grad():
        weight.mul_(mask)
    weight.register_hook(lambda gradient: gradient * mask)
