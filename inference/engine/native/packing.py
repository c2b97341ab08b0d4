"""Weights in the layout that `source/matrix.hpp` reads, in the number format that was chosen."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

import torch
from torch.nn.functional import pad

from inference.engine.native import structures

LANES = 16
GROUP = 32
ROWS_AT_ONCE = 1024  # A multiple of what outputs are filled up to.
# A tensor whose 4-bit form is this near to it was stored in 4 bits before: nothing is lost by going back.
LOSSLESS = 1e-3

Precision = Literal["fp32", "bf16", "int8", "int4", "auto"]


class Format(IntEnum):
    FLOAT32 = 0
    BFLOAT16 = 1
    INT8 = 2
    INT4 = 3


@dataclass(frozen=True, slots=True)
class Grid:
    """Weights in 4 bits: levels 0 to 15 (outputs, groups, 32); scales, minima: float16 (outputs, groups)."""

    levels: torch.Tensor
    scales: torch.Tensor
    minima: torch.Tensor

    @property
    def weight(self) -> torch.Tensor:
        """The numbers that the levels stand for, float32 (outputs, inputs), as the kernels compute them."""
        return (self.levels * self.scales.float()[..., None] + self.minima.float()[..., None]).flatten(1)


@dataclass(frozen=True, slots=True)
class PackedMatrix:
    """A weight matrix as the kernels read it. Keeps its memory alive for `structure`."""

    format: Format
    outputs: int
    inputs: int
    data: torch.Tensor
    bias: torch.Tensor | None

    @property
    def structure(self) -> structures.Matrix:
        padded = _up(self.inputs, GROUP)
        bias = self.bias.data_ptr() if self.bias is not None else None
        return structures.Matrix(self.format, self.outputs, self.inputs, padded, self.data.data_ptr(), bias)

    @property
    def nbytes(self) -> int:
        return self.data.nbytes


def pack(weight: torch.Tensor, precision: Precision, bias: torch.Tensor | None = None) -> PackedMatrix:
    """Pack a weight of shape (outputs, inputs).

    `int8` has a scale for each 32 inputs of an output, `int4` a minimum too. `auto` is int4 where that loses
    nothing, which shows that the tensor came from 4-bit blocks, else int8.
    """
    outputs, inputs = weight.shape
    if precision == "auto":
        precision = "int4" if fits_int4(weight) else "int8"
    # In parts, whose copies in float32 are small beside the whole.
    data = torch.cat([_PACKERS[precision](padded(part)) for part in weight.split(ROWS_AT_ONCE)])
    return PackedMatrix(FORMATS[precision], outputs, inputs, data, filled_bias(bias, outputs))


def pack_levels(grid: Grid, outputs: int, inputs: int, bias: torch.Tensor | None = None) -> PackedMatrix:
    """Pack 4-bit levels that were chosen elsewhere, of outputs and inputs that are filled up already."""
    return PackedMatrix(Format.INT4, outputs, inputs, _int4_bytes(grid), filled_bias(bias, outputs))


def packed_bytes(form: Format, outputs: int, inputs: int) -> int:
    """Return how many bytes a matrix takes that is packed as `form`."""
    groups = _up(inputs, GROUP) // GROUP
    group_bytes = {
        Format.FLOAT32: 4 * GROUP,
        Format.BFLOAT16: 2 * GROUP,
        Format.INT8: 2 + GROUP,
        Format.INT4: 4 + GROUP // 2,
    }[form]
    return filled_outputs(outputs) * groups * group_bytes


def filled_outputs(outputs: int) -> int:
    """Return how many outputs a packed matrix has, those that it is filled up with included."""
    return _up(outputs, 2 * LANES)


def padded(weight: torch.Tensor) -> torch.Tensor:
    """Return `weight` (outputs, inputs) filled up with zeros to whole groups and tiles."""
    outputs, inputs = weight.shape
    return pad(weight, (0, _up(inputs, GROUP) - inputs, 0, filled_outputs(outputs) - outputs))


def filled_bias(bias: torch.Tensor | None, outputs: int) -> torch.Tensor | None:
    """Return a bias as float32, filled up with zeros as outputs are."""
    if bias is None:
        return None
    return pad(bias.float(), (0, filled_outputs(outputs) - outputs)).contiguous()


def _up(number: int, step: int) -> int:
    return -(-number // step) * step


def _tiles(values: torch.Tensor) -> torch.Tensor:
    """(outputs, inputs) as (tiles, 16 outputs, inputs)."""
    return values.view(-1, LANES, values.shape[1])


def _pack_float32(weight: torch.Tensor) -> torch.Tensor:
    return _tiles(weight).transpose(1, 2).float().contiguous().view(-1).view(torch.uint8)


def _pack_bfloat16(weight: torch.Tensor) -> torch.Tensor:
    return _tiles(weight).transpose(1, 2).to(torch.bfloat16).contiguous().view(-1).view(torch.uint8)


def _pack_int8(weight: torch.Tensor) -> torch.Tensor:
    groups = weight.float().unflatten(1, (-1, GROUP))
    scales = (groups.abs().amax(dim=2) / 127).half()
    steps = scales.float().clamp(min=1e-12)
    levels = (groups / steps[..., None]).round_().clamp_(-127, 127).add_(128).to(torch.uint8)
    quads = _tiles(levels.flatten(1)).unflatten(2, (-1, 4)).transpose(1, 2)
    return torch.cat([_per_group(scales).flatten(1), quads.flatten(1)], dim=1).view(-1)


def _per_group(values: torch.Tensor) -> torch.Tensor:
    """Halves (outputs, groups) as bytes (tiles, groups, 2 x 16 outputs)."""
    return values.view(-1, LANES, values.shape[1]).transpose(1, 2).contiguous().view(torch.uint8)


def nearest_grid(weight: torch.Tensor) -> Grid:
    """Round `weight`, filled up, to 4 bits: from the least to the largest number of each group.

    The grid of GGUF's Q4_1 blocks, so that weights which come from there fall on it again.
    """
    groups = weight.float().unflatten(1, (-1, GROUP))
    minima, maxima = groups.aminmax(dim=2)
    scales = ((maxima - minima) / 15).half()
    minima = minima.half()
    steps = scales.float().clamp(min=1e-12)
    levels = ((groups - minima.float()[..., None]) / steps[..., None]).round_().clamp_(0, 15)
    return Grid(levels.to(torch.uint8), scales, minima)


def fits_int4(weight: torch.Tensor) -> bool:
    """Return whether 4 bits lose nothing of `weight`, which shows that it came from 4-bit blocks.

    Judged by the first rows: a whole embedding table would take long, and is stored in one format.
    """
    sample = padded(weight[:256]).float()
    return bool((nearest_grid(sample).weight - sample).norm() <= LOSSLESS * sample.norm())


def _pack_int4(weight: torch.Tensor) -> torch.Tensor:
    return _int4_bytes(nearest_grid(weight))


def _int4_bytes(grid: Grid) -> torch.Tensor:
    tiles, groups = grid.scales.shape[0] // LANES, grid.scales.shape[1]
    # (tile, lane, group, half, quad, 4) to (tile, group, quad, lane, 4), the two halves in one byte.
    quads = grid.levels.view(tiles, LANES, groups, 2, 4, 4).permute(3, 0, 2, 4, 1, 5)
    nibbles = (quads[0] | (quads[1] << 4)).reshape(tiles, groups, -1)
    return torch.cat([_per_group(grid.scales), _per_group(grid.minima), nibbles], dim=2).view(-1)


NAMES: dict[Format, Precision] = {
    Format.FLOAT32: "fp32",
    Format.BFLOAT16: "bf16",
    Format.INT8: "int8",
    Format.INT4: "int4",
}
FORMATS = {name: number for number, name in NAMES.items()}
_PACKERS = {"fp32": _pack_float32, "bf16": _pack_bfloat16, "int8": _pack_int8, "int4": _pack_int4}
