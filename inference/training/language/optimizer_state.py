"""The state of an optimizer and of what it trains, as named tensors and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

_PARAMETER, _STATE = "parameter/", "state/"


def tensors_of(
    learnt: Mapping[str, nn.Parameter], optimizer: torch.optim.Optimizer
) -> dict[str, torch.Tensor]:
    """Every parameter, and every tensor that the optimizer holds for it, by name."""
    found = {_PARAMETER + name: parameter.detach() for name, parameter in learnt.items()}
    for name, parameter in learnt.items():
        for key, value in optimizer.state[parameter].items():
            found[f"{_STATE}{key}/{name}"] = torch.as_tensor(value)
    return found


def restore_optimizer(
    tensors: Mapping[str, torch.Tensor],
    learnt: Mapping[str, nn.Parameter],
    optimizer: torch.optim.Optimizer,
) -> None:
    """Put back what `tensors_of` gave of the same parameters and the same kind of optimizer."""
    states: dict[str, dict[str, Any]] = {name: {} for name in learnt}
    for key, value in tensors.items():
        if key.startswith(_STATE):
            kind, _slash, name = key.removeprefix(_STATE).partition("/")
            states[name][kind] = value
    with torch.no_grad():
        for name, parameter in learnt.items():
            parameter.copy_(tensors[_PARAMETER + name])
    numbers = _numbers(optimizer)
    whole = optimizer.state_dict()
    whole["state"] = {
        numbers[id(parameter)]: states[name] for name, parameter in learnt.items() if states[name]
    }
    optimizer.load_state_dict(whole)


def _numbers(optimizer: torch.optim.Optimizer) -> dict[int, int]:
    """The number of each parameter, by which the optimizer's own state names it."""
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    return {id(parameter): number for number, parameter in enumerate(parameters)}
