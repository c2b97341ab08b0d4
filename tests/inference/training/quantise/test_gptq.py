"""Levels that make up for each other's rounding change a layer's output less than the nearest ones do."""

import pytest
import torch

from inference.engine.native.packing import nearest_grid, padded
from inference.training.quantise.gptq import round_matrix
from inference.training.quantise.grids import fitted_grid


def weight_of(outputs: int, inputs: int) -> torch.Tensor:
    return torch.randn(outputs, inputs, generator=torch.Generator().manual_seed(outputs + inputs))


def correlated_rows(inputs: int) -> torch.Tensor:
    """Inputs that hang together, as those of a layer do, some of them large."""
    chance = torch.Generator().manual_seed(inputs)
    mixed = torch.randn(2000, 12, generator=chance) @ torch.randn(12, inputs, generator=chance)
    own = 0.3 * torch.randn(2000, inputs, generator=chance)
    return (mixed + own) * torch.linspace(0.2, 3.0, inputs)


@pytest.mark.parametrize(("outputs", "inputs"), [(64, 96), (40, 70)])
def test_the_output_changes_less_than_by_the_nearest_levels(outputs: int, inputs: int):
    weight, rows = weight_of(outputs, inputs), correlated_rows(inputs)

    chosen = round_matrix(weight, rows.T @ rows)

    def change(rounded: torch.Tensor) -> float:
        return float((rows @ (rounded[:outputs, :inputs] - weight).T).norm())

    assert change(chosen.weight) < 0.5 * change(nearest_grid(padded(weight)).weight)


def test_weights_that_lie_on_a_grid_stay_where_they_are():
    weight = nearest_grid(weight_of(64, 96)).weight
    rows = correlated_rows(96)

    again = round_matrix(weight, rows.T @ rows).weight

    assert float((again - weight).norm() / weight.norm()) < 2e-3


def test_an_input_that_is_always_zero_is_no_obstacle():
    weight, rows = weight_of(64, 64), correlated_rows(64)
    rows[:, 5] = 0
    assert bool(round_matrix(weight, rows.T @ rows).weight.isfinite().all())


def test_a_fitted_grid_is_never_worse_than_the_whole_range():
    block, importance = weight_of(512, 32), torch.linspace(0.1, 4.0, 32)
    block[:, 3] *= 4

    def errors(rounded: torch.Tensor) -> torch.Tensor:
        return ((rounded - block).square() * importance).sum(dim=1)

    fitted, nearest = errors(fitted_grid(block, importance).weight), errors(nearest_grid(block).weight)
    assert bool((fitted <= nearest * (1 + 1e-5)).all())
    assert fitted.sum() < 0.95 * nearest.sum()
