"""4-bit levels chosen so that what a layer puts out changes least: GPTQ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from transformers import PreTrainedModel

from inference.engine.native.modules import LAYER_MATRICES, matrices_of
from inference.engine.native.packing import GROUP, Grid, padded
from inference.training.language.examples import Example
from inference.training.output import Tell
from inference.training.quantise.grids import fitted_grid, levels_of
from inference.training.quantise.layer_inputs import Passing

# So large a share of the mean of its diagonal is added to the matrix of second moments.
DAMPING = 0.01
# The inputs of what leaves the feed-forward part are the most uneven ones, so that 4 bits cost most there;
# llama.cpp's mixtures give it more bits too (`use_more_bits` in llama-quant.cpp).
LEFT_ALONE = frozenset({"down"})

Rounded = tuple[Grid, int, int]


def round_layers(network: PreTrainedModel, sample: Sequence[Example], tell: Tell) -> dict[str, Rounded]:
    """Return the 4-bit grid of each matrix in the layers, by its name, with its outputs and inputs.

    Layer after layer, each with what enters it after those before have been rounded, as Frantar et al. 2022,
    https://arxiv.org/abs/2210.17323, section 4, do it. The network's own weights become the rounded ones. A
    matrix that several layers share is rounded once, for what enters it in all of them. What
    LEFT_ALONE names is not among them.
    """
    names = matrices_of(network)
    passing = Passing(network, sample)
    found: dict[str, Rounded] = {}
    for index in range(len(passing.layers)):
        wanted = {name: f"layers.{index}.{name}" for name in LAYER_MATRICES}
        own = {
            name: names[whole] for name, whole in wanted.items() if whole in names and name not in LEFT_ALONE
        }
        moments = passing.second_moments(index, {name: modules[0] for name, modules in own.items()})
        for name, modules in own.items():
            weight = torch.cat([module.weight for module in modules])
            grid = round_matrix(weight, moments[name])
            found[f"layers.{index}.{name}"] = (grid, *weight.shape)
            _take_over(modules, grid, *weight.shape)
        passing.advance(index)
        tell({"step": index + 1, "of": len(passing.layers)})
    return found


def round_matrix(weight: torch.Tensor, moments: torch.Tensor) -> Grid:
    """Return the 4-bit grid of `weight` (outputs, inputs), filled up.

    `moments` (inputs, inputs) are sums of products of the inputs. Inputs are rounded one after the other, and
    what an input's rounding changes in the output is made up for by those after it (Frantar et al. 2022,
    algorithm 1). A group's scale and minimum are chosen when its first input comes up.
    """
    filled = padded(weight.float()).clone()
    inverse = _inverse_root(moments, filled.shape[1])
    importance = inverse.diagonal().square().reciprocal()
    grids: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]] = []
    for start in range(0, filled.shape[1], GROUP):
        end = start + GROUP
        block = filled[:, start:end].clone()
        grid = fitted_grid(block, importance[start:end])
        levels = torch.empty(len(filled), GROUP, dtype=torch.uint8)
        errors = torch.empty_like(block)
        for place in range(GROUP):
            column = block[:, place]
            levels[:, place] = levels_of(column, grid)
            rounded = levels[:, place] * grid.scales[:, 0].float() + grid.minima[:, 0].float()
            error = (column - rounded) / inverse[start + place, start + place]
            block[:, place + 1 :] -= error[:, None] * inverse[start + place, start + place + 1 : end]
            errors[:, place] = error
        filled[:, end:] -= errors @ inverse[start:end, end:]
        grids.append((levels[:, None], grid.scales, grid.minima))
    return Grid(*(torch.cat(parts, dim=1) for parts in zip(*grids, strict=True)))


def _inverse_root(moments: torch.Tensor, inputs: int) -> torch.Tensor:
    """The upper Cholesky factor of the inverse of the damped second moments, filled up to `inputs`."""
    whole = torch.zeros(inputs, inputs, dtype=torch.float64)
    whole[: len(moments), : len(moments)] = moments.double()
    diagonal = whole.diagonal()
    # An input that is always zero decides nothing.
    diagonal[diagonal == 0] = 1.0
    diagonal += DAMPING * moments.double().diagonal().mean()
    inverse = torch.cholesky_inverse(torch.linalg.cholesky(whole))
    return torch.linalg.cholesky(inverse, upper=True).float()


def _take_over(modules: Sequence[nn.Linear], grid: Grid, outputs: int, inputs: int) -> None:
    rounded: Any = grid.weight[:outputs, :inputs]
    for module, part in zip(modules, rounded.split([len(module.weight) for module in modules]), strict=True):
        module.weight.copy_(part)
