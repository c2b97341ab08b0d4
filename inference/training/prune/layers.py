"""How much each layer of a language model is worth, and which are worth least."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from transformers import PreTrainedModel

from inference.engine.kept_layers import layers_in
from inference.training.language.batches import batch_of, rows_by_length
from inference.training.language.examples import Example
from inference.training.language.perplexity import perplexity_of
from inference.training.output import Tell

_TOKENS_AT_ONCE = 2048
# So many times as many layers as are wanted are tried again beside those that are out.
_TRIED = 2


class _Passage(nn.Module):
    """In the place of a layer that is left out: what enters it comes out of it."""

    def forward(self, hidden: torch.Tensor, *others: Any, **named: Any) -> torch.Tensor:
        return hidden


def least_by_loss(network: PreTrainedModel, sample: Sequence[Example], count: int, tell: Tell) -> list[int]:
    """Return the `count` layers without which the loss on `sample` rises least, the cheapest first.

    One after the other: the layer that costs least beside those that are out already (a greedy search, as
    Song et al. 2024, https://arxiv.org/abs/2402.09025, algorithm 1, make it with perplexity on a sample).
    After the first one, only those are tried that cost least by themselves.
    """
    tried = list(range(len(layers_in(network))))
    out: list[int] = []
    while len(out) < count:
        losses = {layer: _loss_without(network, sample, (*out, layer)) for layer in tried if layer not in out}
        order = sorted(losses, key=losses.__getitem__)
        out.append(order[0])
        if len(out) == 1:
            tried = order[: _TRIED * count]
        tell({"text": f"Layer {out[-1]} is left out next; the loss is {losses[out[-1]]:.3f} without it."})
    return out


@torch.inference_mode()
def least_by_influence(
    network: PreTrainedModel, sample: Sequence[Example], count: int, tell: Tell
) -> list[int]:
    """Return the `count` layers that change what passes them least, the least first.

    A layer's influence is 1 minus the cosine of what enters and what leaves it, a mean over tokens (“block
    influence”, Men et al. 2024, https://arxiv.org/abs/2403.03853, section 3). One pass over the sample.
    """
    layers = layers_in(network)
    changes = [0.0] * len(layers)
    mask = torch.ones(1, 1)
    hooks = []
    for index, layer in enumerate(layers):

        def measure(_layer: nn.Module, entered: Any, left: Any, index: int = index) -> None:
            whole = left[0] if isinstance(left, tuple) else left
            likeness = nn.functional.cosine_similarity(entered[0].float(), whole.float(), dim=-1)
            changes[index] += float(((1 - likeness) * mask).sum())

        hooks.append(layer.register_forward_hook(measure))
    try:
        lengths = [len(example.tokens) for example in sample]
        for rows in rows_by_length(range(len(sample)), lengths, _TOKENS_AT_ONCE):
            batch = batch_of([sample[row] for row in rows])
            mask = batch.mask
            network.get_decoder()(input_ids=batch.tokens, attention_mask=batch.mask, use_cache=False)
    finally:
        for hook in hooks:
            hook.remove()
    out = sorted(range(len(layers)), key=changes.__getitem__)[:count]
    tell({"text": "The layers that change least: " + ", ".join(map(str, out)) + "."})
    return out


def _loss_without(network: PreTrainedModel, sample: Sequence[Example], out: Sequence[int]) -> float:
    """The mean surprise of an answer token, in nats, when the layers `out` are passed by."""
    layers = layers_in(network)
    kept = {index: layers[index] for index in out}
    try:
        for index in out:
            layers[index] = _Passage()
        found = perplexity_of(network, sample, _TOKENS_AT_ONCE)
    finally:
        for index, layer in kept.items():
            layers[index] = layer
    return found.nats / max(1, found.tokens)
