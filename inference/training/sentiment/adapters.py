"""Low-rank updates that learn beside the encoder's frozen products."""

from __future__ import annotations

import math

import torch
from torch import nn
from transformers import PreTrainedModel

from inference.engine.sentiment_head import Head
from inference.engine.sentiment_network import products_of


class AdaptedProduct(nn.Module):
    """A frozen product of which `up @ down` is learned on top (Hu et al. 2021).

    The factors are float32, and multiply in the number format of what comes in. `up` starts at zero, so that
    nothing changes before something is learned.
    """

    def __init__(self, product: nn.Linear, rank: int, dropout: float) -> None:
        super().__init__()
        self.product = product
        self.down = nn.Parameter(torch.empty(rank, product.in_features))
        self.up = nn.Parameter(torch.zeros(product.out_features, rank))
        nn.init.kaiming_uniform_(self.down, a=math.sqrt(5))
        self.dropout = nn.Dropout(dropout)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """[..., in] to [..., out]."""
        narrow = nn.functional.linear(self.dropout(values), self.down.to(values.dtype))
        changed: torch.Tensor = self.product(values)
        return changed + nn.functional.linear(narrow, self.up.to(values.dtype))


def adapt(
    encoder: PreTrainedModel, rank: int, dropout: float, frozen_layers: int = 0
) -> dict[str, AdaptedProduct]:
    """Put an adapter over each product of all layers but the first `frozen_layers`; return them by name."""
    adapters: dict[str, AdaptedProduct] = {}
    for name, product in products_of(encoder).items():
        if _layer_number(name) < frozen_layers:
            continue
        adapters[name] = AdaptedProduct(product, rank, dropout)
        parent, _dot, attribute = name.rpartition(".")
        setattr(encoder.get_submodule(parent), attribute, adapters[name])
    return adapters


def take_updates(adapters: dict[str, AdaptedProduct], head: Head) -> None:
    """Let the adapters go on from where a head has come to."""
    with torch.no_grad():
        for name, (up, down) in head.updates.items():
            adapters[name].up.copy_(up)
            adapters[name].down.copy_(down)


def _layer_number(name: str) -> int:
    return next((int(part) for part in name.split(".") if part.isdigit()), 0)
