"""The scale and the minimum of a group of 4-bit weights, chosen by least squares."""

from __future__ import annotations

import torch

from inference.engine.native.packing import Grid, nearest_grid

# How far from the whole range towards its middle scales are tried.
_SHRINKS = tuple(1.0 - 0.05 * step for step in range(9))


def fitted_grid(block: torch.Tensor, importance: torch.Tensor) -> Grid:
    """Return the grid of `block` (outputs, 32), one group, with the least squared error of its weights.

    Errors count by `importance` (32,). Ranges from the whole one to a narrower one are tried, whose ends are
    cut off, and for the levels of each the scale and minimum are then solved for by least squares, as
    llama.cpp's make_qkx2_quants does. Rounding to the whole range is among them, so it is never worse.
    """
    best = nearest_grid(block)
    least = _error(block, best, importance)
    low, high = block.aminmax(dim=1)
    middle, half = (low + high) / 2, (high - low) / 2
    for shrink in _SHRINKS:
        scale, minimum = 2 * half * shrink / 15, middle - half * shrink
        grid = _solved(block, _grid(block, scale, minimum), importance)
        error = _error(block, grid, importance)
        better = error < least
        least = torch.where(better, error, least)
        best = Grid(
            torch.where(better[:, None, None], grid.levels, best.levels),
            torch.where(better[:, None], grid.scales, best.scales),
            torch.where(better[:, None], grid.minima, best.minima),
        )
    return best


def levels_of(column: torch.Tensor, grid: Grid) -> torch.Tensor:
    """Return the nearest levels of one input's weights (outputs,) on the group's grid."""
    steps = grid.scales[:, 0].float().clamp(min=1e-12)
    return ((column - grid.minima[:, 0].float()) / steps).round_().clamp_(0, 15).to(torch.uint8)


def _grid(block: torch.Tensor, scale: torch.Tensor, minimum: torch.Tensor) -> Grid:
    scales, minima = scale.half()[:, None], minimum.half()[:, None]
    steps = scales.float().clamp(min=1e-12)
    levels = ((block - minima.float()) / steps).round_().clamp_(0, 15).to(torch.uint8)
    return Grid(levels[:, None], scales, minima)


def _solved(block: torch.Tensor, grid: Grid, importance: torch.Tensor) -> Grid:
    """The grid with the scale and minimum that suit its levels best, and levels for these."""
    levels = grid.levels[:, 0].float()
    total = importance.sum()
    mean_level = (levels * importance).sum(dim=1, keepdim=True) / total
    mean_weight = (block * importance).sum(dim=1, keepdim=True) / total
    spread = ((levels - mean_level).square() * importance).sum(dim=1)
    slope = ((levels - mean_level) * (block - mean_weight) * importance).sum(dim=1) / spread.clamp(min=1e-12)
    minimum = mean_weight[:, 0] - slope * mean_level[:, 0]
    # Equal levels, or ones against the weights, say nothing of a scale.
    usable = (spread > 0) & (slope > 0)
    scale = torch.where(usable, slope, grid.scales[:, 0].float())
    return _grid(block, scale, torch.where(usable, minimum, grid.minima[:, 0].float()))


def _error(block: torch.Tensor, grid: Grid, importance: torch.Tensor) -> torch.Tensor:
    return ((grid.weight - block).square() * importance).sum(dim=1)
