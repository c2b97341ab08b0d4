"""Back from the layout of the kernels to plain numbers: the very ones that the kernels multiply with."""

from __future__ import annotations

import torch

from inference.engine.native.packing import GROUP, LANES, Format, PackedMatrix, filled_outputs


def unpack(matrix: PackedMatrix) -> torch.Tensor:
    """Return the weights of a packed matrix as float32 (outputs, inputs), without its bias."""
    tiles = matrix.data.view(filled_outputs(matrix.outputs) // LANES, -1)
    filled = _UNPACKERS[matrix.format](tiles)
    return filled.reshape(-1, filled.shape[-1])[: matrix.outputs, : matrix.inputs].contiguous()


def _floats(dtype: torch.dtype, tiles: torch.Tensor) -> torch.Tensor:
    numbers = tiles.view(dtype).view(len(tiles), -1, LANES)
    return numbers.transpose(1, 2).float()


def _int8(tiles: torch.Tensor) -> torch.Tensor:
    # A group has two bytes of scale for each of 16 outputs, and a byte for each of their 32 inputs.
    groups = tiles.shape[1] // (2 * LANES + LANES * GROUP)
    scales = tiles[:, : groups * 2 * LANES].contiguous().view(torch.float16).view(-1, groups, LANES)
    quads = tiles[:, groups * 2 * LANES :].reshape(len(tiles), -1, LANES, 4)
    levels = quads.transpose(1, 2).reshape(len(tiles), LANES, groups, GROUP)
    return ((levels.float() - 128) * scales.transpose(1, 2).float()[..., None]).flatten(2)


def _int4(tiles: torch.Tensor) -> torch.Tensor:
    groups = tiles.view(len(tiles), -1, 4 * LANES + LANES * GROUP // 2)
    halves = groups[..., : 4 * LANES].contiguous().view(torch.float16).view(*groups.shape[:2], 2, LANES)
    scales, minima = (halves[:, :, part].transpose(1, 2).float()[..., None] for part in (0, 1))
    quads = groups[..., 4 * LANES :].reshape(*groups.shape[:2], 4, LANES, 4)
    nibbles = torch.stack([quads & 15, quads >> 4])
    # (half, tile, group, quad, lane, 4) to (tile, lane, group, half, quad, 4).
    levels = nibbles.permute(1, 4, 2, 0, 3, 5).flatten(3)
    return (levels.float() * scales + minima).flatten(2)


_UNPACKERS = {
    Format.FLOAT32: lambda tiles: _floats(torch.float32, tiles),
    Format.BFLOAT16: lambda tiles: _floats(torch.bfloat16, tiles),
    Format.INT8: _int8,
    Format.INT4: _int4,
}
