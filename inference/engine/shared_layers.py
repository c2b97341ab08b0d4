"""Layers that share matrices: which ones a configuration names, and how a network holds each only once.

Parameters shared across layers are those of ALBERT (Lan et al. 2019); neighbours that share, as MobileLLM's
do (Liu et al. 2024). Norms stay each layer's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import nn
from transformers import PreTrainedModel

# In the configuration: for each part and layer, the number of the layer whose matrices it uses.
KEY = "shared_layers"
PARTS = {
    "attention": ("self_attn", ("q_proj", "k_proj", "v_proj", "o_proj")),
    "mlp": ("mlp", ("gate_proj", "up_proj", "down_proj")),
}

Owners = Mapping[str, Sequence[int]]


class BadSharing(ValueError):
    """The configuration shares what cannot be shared; the message is one sentence."""


def owners_of(config: Any) -> Owners | None:
    """Return what the text configuration shares, or None where it shares nothing; raises BadSharing."""
    owners = getattr(config, KEY, None)
    if owners is None:
        return None
    if not isinstance(owners, Mapping) or set(owners) != set(PARTS):
        raise BadSharing(f"config.json must say for {' and '.join(PARTS)} which layers share ({KEY}).")
    for part, numbers in owners.items():
        is_whole = isinstance(numbers, list) and len(numbers) == config.num_hidden_layers
        if not is_whole or not all(_is_owner(numbers, layer) for layer in range(len(numbers))):
            raise BadSharing(f"config.json shares layers that do not exist ({KEY}, {part}).")
    return owners


def _is_owner(numbers: Sequence[object], layer: int) -> bool:
    """Whether the layer uses its own matrices or those of an earlier one that uses its own."""
    owner = numbers[layer]
    return type(owner) is int and 0 <= owner <= layer and numbers[owner] == owner


def tie(network: PreTrainedModel, owners: Owners) -> None:
    """Let each layer use its owner's matrices, the very same modules, and say so in the configuration."""
    layers: Any = network.get_decoder().layers
    for part, numbers in owners.items():
        parent, names = PARTS[part]
        for layer, owner in enumerate(numbers):
            for name in names:
                setattr(getattr(layers[layer], parent), name, _matrix(layers[owner], parent, name))
    setattr(network.config.get_text_config(), KEY, {part: list(numbers) for part, numbers in owners.items()})


def separate(network: PreTrainedModel) -> None:
    """Give each layer matrices of its own again, equal ones, so that any program can read the network."""
    config = network.config.get_text_config()
    owners = owners_of(config)
    if owners is None:
        return
    layers: Any = network.get_decoder().layers
    for part, numbers in owners.items():
        parent, names = PARTS[part]
        for layer, owner in enumerate(numbers):
            if layer == owner:
                continue
            for name in names:
                setattr(getattr(layers[layer], parent), name, _copy(_matrix(layers[owner], parent, name)))
    delattr(config, KEY)


def _matrix(layer: nn.Module, parent: str, name: str) -> nn.Linear:
    linear: nn.Linear = getattr(getattr(layer, parent), name)
    return linear


def _copy(linear: nn.Linear) -> nn.Linear:
    copy = nn.Linear(
        linear.in_features,
        linear.out_features,
        bias=linear.bias is not None,
        device=linear.weight.device,
        dtype=linear.weight.dtype,
    )
    copy.load_state_dict(linear.state_dict())
    return copy.requires_grad_(linear.weight.requires_grad)
