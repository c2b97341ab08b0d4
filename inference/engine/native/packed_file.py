"""Packed weights on disk, in the layout of the kernels: a process maps the file and computes from it.

A safetensors file. Its matrices are bytes named as `network.py` names them; all other parameters have the
names of transformers. What the file says of itself stands in its metadata.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from inference.engine.native.packing import FORMATS, NAMES, PackedMatrix, Precision, filled_bias, packed_bytes

NAME = "packed.safetensors"
FORMAT = "parley-packed"
VERSION = "1"
# Where a matrix begins in memory: at a border of what the processor reads at once.
ALIGNMENT = 64


class BadPackedFile(ValueError):
    """The file cannot be served; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class PackedFile:
    """A packed file, mapped into memory: its tensors by name, and the formats of those that are matrices."""

    precision: Precision
    stored: Mapping[str, torch.Tensor]
    formats: Mapping[str, Precision]

    def matrix(self, name: str, linears: Sequence[nn.Module]) -> PackedMatrix:
        """Return the matrix that stands for `linears`, one below the other.

        Raises BadPackedFile unless it has their very sizes: the kernels read what they are told to.
        """
        weights: list[Any] = [linear.weight for linear in linears]
        outputs, inputs = sum(len(weight) for weight in weights), weights[0].shape[1]
        data, precision = self.stored.get(name), self.formats.get(name)
        if data is None or precision not in FORMATS:
            raise BadPackedFile(f"{NAME} lacks the matrix {name} that config.json tells of.")
        form = FORMATS[precision]
        if data.dtype is not torch.uint8 or data.shape != (packed_bytes(form, outputs, inputs),):
            raise BadPackedFile(f"{NAME} has a matrix {name} of another size than config.json tells of.")
        return PackedMatrix(form, outputs, inputs, data, filled_bias(biases_of(linears), outputs))

    def plain(self) -> dict[str, torch.Tensor]:
        """Return the parameters that are not packed, by transformers' names."""
        return {name: tensor for name, tensor in self.stored.items() if name not in self.formats}


def biases_of(linears: Sequence[nn.Module]) -> torch.Tensor | None:
    """Return the biases of linear layers one after the other, or None where they have none."""
    biases: list[Any] = [linear.bias for linear in linears if getattr(linear, "bias", None) is not None]
    return torch.cat(biases) if biases else None


def is_packed(folder: Path) -> bool:
    """Return whether the folder holds a packed model."""
    return (folder / NAME).is_file()


def write_packed(
    folder: Path,
    matrices: Mapping[str, PackedMatrix],
    plain: Mapping[str, torch.Tensor],
    precision: Precision,
) -> None:
    """Write the packed file of a model into `folder`; raises OSError."""
    tensors = {**plain, **{name: matrix.data for name, matrix in matrices.items()}}
    parameters = sum(matrix.outputs * matrix.inputs for matrix in matrices.values())
    facts = {
        "format": FORMAT,
        "version": VERSION,
        "precision": precision,
        "parameters": str(parameters + sum(tensor.numel() for tensor in plain.values())),
        "matrices": json.dumps({name: NAMES[matrix.format] for name, matrix in matrices.items()}),
        "crc32": f"{_checksum(tensors):08x}",
    }
    path = folder / NAME
    save_file(tensors, path, facts)
    with path.open("rb") as file:
        (header,) = struct.unpack("<Q", file.read(8))
    if rest := (8 + header) % ALIGNMENT:
        # The header's length decides where the tensors begin; an entry without meaning fills it up.
        filler = ALIGNMENT - rest
        while filler < len('"fill":"",'):
            filler += ALIGNMENT
        save_file(tensors, path, {**facts, "fill": " " * (filler - len('"fill":"",'))})


def open_packed(folder: Path) -> PackedFile:
    """Map the packed file of a model; raises BadPackedFile for one that is damaged or of another kind."""
    try:
        with safe_open(folder / NAME, "pt") as file:
            facts = file.metadata() or {}
            stored = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  no mapping
    except (OSError, SafetensorError) as error:
        raise BadPackedFile(f"{NAME} is damaged or cut short; fetch the model again.") from error
    if facts.get("format") != FORMAT:
        raise BadPackedFile(f"{NAME} is not a file of packed weights that Parley wrote.")
    if facts.get("version") != VERSION:
        raise BadPackedFile(
            f"{NAME} has the format version {facts.get('version')}, and this Parley reads {VERSION}: "
            "quantise the model again."
        )
    if facts.get("crc32") != f"{_checksum(stored):08x}":
        raise BadPackedFile(f"{NAME} is damaged: its checksum is another one; fetch the model again.")
    formats, precision = _formats(facts), facts.get("precision")
    if precision not in FORMATS:
        raise BadPackedFile(f"{NAME} does not say how its weights are packed.")
    return PackedFile(precision, stored, formats)


def _formats(facts: Mapping[str, str]) -> dict[str, Precision]:
    try:
        found = json.loads(facts["matrices"])
    except (KeyError, ValueError):
        found = None
    if not isinstance(found, dict):
        raise BadPackedFile(f"{NAME} does not say which matrices it holds.")
    return found


def _checksum(tensors: Mapping[str, torch.Tensor]) -> int:
    """CRC-32 of all tensors in the order of their names."""
    value = 0
    for name in sorted(tensors):
        # As bytes, since NumPy knows no bfloat16; without a copy.
        value = zlib.crc32(tensors[name].reshape(-1).view(torch.uint8).numpy().data, value)
    return value
