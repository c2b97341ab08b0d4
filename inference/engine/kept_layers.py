"""A network without some of its layers: what students and pruned models have in common."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn
from transformers import PreTrainedModel

# Lists in a configuration that say something of each layer.
_BY_LAYER = ("layer_types", "mlp_layer_types")


def layers_in(network: nn.Module) -> nn.ModuleList:
    """The network's repeated layers: the longest list of modules. Raises ValueError where it has none."""
    lists = [module for module in network.modules() if isinstance(module, nn.ModuleList)]
    if not lists:
        raise ValueError("The network has no list of layers.")
    return max(lists, key=len)


def keep_layers(network: PreTrainedModel, kept: Sequence[int]) -> None:
    """Leave only the layers `kept`, counted from 0 and rising, in the network and in its configuration.

    The layers stay the same objects, numbered anew, so that a cache and the configuration fit them. Raises
    ValueError with a sentence where the network has no such layers.
    """
    layers = layers_in(network)
    count = len(layers)
    if not kept or list(kept) != sorted(set(kept)) or kept[0] < 0 or kept[-1] >= count:
        wanted = ", ".join(map(str, kept)) or "none"
        raise ValueError(
            f"Of {count} layers some can be kept, by rising numbers from 0 to {count - 1}: not {wanted}."
        )
    left = [layers[index] for index in kept]
    del layers[len(left) :]
    for number, layer in enumerate(left):
        layers[number] = layer
        for module in layer.modules():
            if isinstance(getattr(module, "layer_idx", None), int):
                module.layer_idx = number
    config = network.config.get_text_config()
    for name in _BY_LAYER:
        if getattr(config, name, None) is not None:
            setattr(config, name, [getattr(config, name)[index] for index in kept])
    config.num_hidden_layers = len(left)
