"""What enters the products of each layer, layer after layer, while a sample passes a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn
from transformers import PreTrainedModel

from inference.engine.shared_layers import owners_of
from inference.training.language.batches import batch_of, rows_by_length
from inference.training.language.examples import Example

_TOKENS_AT_ONCE = 2048


class Passing:
    """A sample on its way through the layers of a network: `layers` are passed in order by `advance`."""

    def __init__(self, network: PreTrainedModel, sample: Sequence[Example]) -> None:
        decoder: Any = network.get_decoder()
        self.layers: Sequence[nn.Module] = list(decoder.layers)
        self._last_users = _last_users(network, len(self.layers))
        self._states: list[torch.Tensor] = []
        self._masks: list[torch.Tensor] = []
        # For each batch and layer, what the layer is given beside the states.
        self._given: list[list[dict[str, Any]]] = []
        lengths = [len(example.tokens) for example in sample]
        for rows in rows_by_length(range(len(sample)), lengths, _TOKENS_AT_ONCE):
            self._enter(decoder, batch_of([sample[row] for row in rows]))

    def second_moments(self, index: int, linears: Mapping[str, nn.Module]) -> dict[str, torch.Tensor]:
        """Return the sums of products of what enters each linear of layer `index`: (inputs, inputs).

        Also of what enters it in later layers that share it.
        """
        found: dict[str, Any] = dict.fromkeys(linears, 0.0)
        mask = self._masks[0]

        def watch(name: str) -> Any:
            def add(_linear: nn.Module, entering: Any) -> None:
                rows = entering[0][mask].float()
                found[name] = found[name] + rows.T @ rows

            return add

        hooks = [linear.register_forward_pre_hook(watch(name)) for name, linear in linears.items()]
        try:
            for place, states in enumerate(self._states):
                mask = self._masks[place]
                for later in range(index, self._last_users[index] + 1):
                    states = self._passed(later, place, states)
        finally:
            for hook in hooks:
                hook.remove()
        return found

    def advance(self, index: int) -> None:
        """Let the sample pass layer `index`, the next one."""
        self._states = [self._passed(index, place, states) for place, states in enumerate(self._states)]

    def _passed(self, index: int, place: int, states: torch.Tensor) -> torch.Tensor:
        left = self.layers[index](states, **self._given[place][index])
        return left[0] if isinstance(left, tuple) else left

    def _enter(self, decoder: Any, batch: Any) -> None:
        """Let a batch pass once, and keep what the first layer reads and what every layer is given beside."""
        given: list[dict[str, Any]] = []
        first: list[torch.Tensor] = []

        def keep(_layer: nn.Module, entering: Any, named: dict[str, Any]) -> None:
            first.append(entering[0] if entering else named["hidden_states"])
            given.append({name: value for name, value in named.items() if name != "hidden_states"})

        hooks = [layer.register_forward_pre_hook(keep, with_kwargs=True) for layer in self.layers]
        try:
            decoder(input_ids=batch.tokens, attention_mask=batch.mask, use_cache=False)
        finally:
            for hook in hooks:
                hook.remove()
        self._states.append(first[0])
        self._masks.append(batch.mask.bool())
        self._given.append(given)


def _last_users(network: PreTrainedModel, count: int) -> list[int]:
    """For each layer, the last one that uses a matrix of it."""
    owners = owners_of(network.config.get_text_config()) or {}
    last = list(range(count))
    for numbers in owners.values():
        for layer, owner in enumerate(numbers):
            last[owner] = max(last[owner], layer)
    return last
