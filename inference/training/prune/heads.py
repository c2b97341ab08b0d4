"""Attention heads that a network can best do without, in groups that share keys and values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from transformers import PreTrainedModel

from inference.training.language.batches import batch_of, rows_by_length
from inference.training.language.examples import Example
from inference.training.language.networks import BadNetwork
from inference.training.language.objective import answer_loss
from inference.training.output import Tell
from inference.training.refusal import BadSetting

_TOKENS_AT_ONCE = 1024
_LINEARS = ("q_proj", "k_proj", "v_proj", "o_proj")


def remove_heads(
    network: PreTrainedModel, sample: Sequence[Example], share: float, tell: Tell
) -> dict[str, Any]:
    """Take the least important groups of heads out of each layer, equally many, so that a configuration fits.

    A group are the query heads that share a key and a value. Returns what is said of it in a result; raises
    BadSetting where that would leave nothing, or sizes that transformers refuses, and BadNetwork.
    """
    config: Any = network.config.get_text_config()
    groups, shared = config.num_key_value_heads, config.num_attention_heads // config.num_key_value_heads
    removed = max(1, round(groups * share))
    left = groups - removed
    if left < 1:
        raise BadSetting(
            f"A layer has {groups} groups of heads; {removed} cannot be taken out: name a smaller --share."
        )
    if config.hidden_size % (left * shared):
        raise BadSetting(
            f"With {left * shared} heads a layer no configuration describes a width of {config.hidden_size}: "
            "name another --share."
        )
    importance = _importance(network, sample).view(-1, groups, shared).sum(dim=2)
    size = _head_size(config)
    gone: list[list[int]] = []
    for layer, values in zip(_layers(network), importance, strict=True):
        kept = sorted(values.argsort(descending=True)[:left].tolist())
        _keep(layer.self_attn, kept, size, shared)
        gone.append([group for group in range(groups) if group not in kept])
    config.num_attention_heads, config.num_key_value_heads = left * shared, left
    config.head_dim = size
    tell({"text": f"Each layer keeps {left} of its {groups} groups of heads."})
    return {"removed_groups": gone, "heads_before": groups * shared, "heads": left * shared}


def _importance(network: PreTrainedModel, sample: Sequence[Example]) -> torch.Tensor:
    """What the loss would change by without each query head, to first order: (layers, heads).

    It is |sum over the head's outputs of output times gradient|, a mean over batches (Michel, Levy and Neubig
    2019, https://arxiv.org/abs/1905.10650, section 4.1; Molchanov et al. 2019,
    https://arxiv.org/abs/1906.10771), and each layer's are divided by their length, as the former do.
    """
    config: Any = network.config.get_text_config()
    heads, size = config.num_attention_heads, _head_size(config)
    layers = _layers(network)
    found = torch.zeros(len(layers), heads)
    hooks = []
    for index, layer in enumerate(layers):

        def watch(_linear: nn.Module, entering: Any, index: int = index) -> None:
            (outputs,) = entering

            def weigh(gradient: torch.Tensor) -> None:
                products = (outputs.detach() * gradient).float().unflatten(-1, (heads, size))
                # By example: what helps one and harms another is important.
                found[index] += products.sum(dim=(1, 3)).abs().sum(dim=0)

            if outputs.requires_grad:
                outputs.register_hook(weigh)

        hooks.append(layer.self_attn.o_proj.register_forward_pre_hook(watch))
    try:
        lengths = [len(example.tokens) for example in sample]
        for rows in rows_by_length(range(len(sample)), lengths, _TOKENS_AT_ONCE):
            answer_loss(network, batch_of([sample[row] for row in rows])).backward()
    finally:
        for hook in hooks:
            hook.remove()
        network.zero_grad(set_to_none=True)
    return found / found.norm(dim=1, keepdim=True).clamp(min=1e-12)


def _layers(network: PreTrainedModel) -> Sequence[Any]:
    """The layers, each with an attention of separate products; raises BadNetwork."""
    layers: Any = getattr(network.get_decoder(), "layers", None)
    if layers is None or not all(
        hasattr(getattr(layer, "self_attn", None), name) for layer in layers for name in _LINEARS
    ):
        raise BadNetwork("Heads can be taken out of the Llama family only: take layers out of this model.")
    return layers


def _keep(attention: Any, groups: Sequence[int], size: int, shared: int) -> None:
    """Cut the products of an attention down to those groups of heads."""
    keys = [group * size + place for group in groups for place in range(size)]
    queries = [group * shared * size + place for group in groups for place in range(shared * size)]
    for name, rows in (("q_proj", queries), ("k_proj", keys), ("v_proj", keys)):
        linear = getattr(attention, name)
        linear.weight = nn.Parameter(linear.weight.detach()[rows].clone())
        if linear.bias is not None:
            linear.bias = nn.Parameter(linear.bias.detach()[rows].clone())
        linear.out_features = len(rows)
    output = attention.o_proj
    output.weight = nn.Parameter(output.weight.detach()[:, queries].clone())
    output.in_features = len(queries)


def _head_size(config: Any) -> int:
    return int(getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads)
