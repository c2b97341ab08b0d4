"""Facts about safetensors files, read from their headers without loading a tensor."""

import json
import math
import struct
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inference.installation.checksums import sha256_of_weights
from inference.installation.errors import InstallationError
from inference.installation.json_files import read_json
from inference.installation.progress import Advance

HEADER_LIMIT = 100_000_000
DTYPES = {
    "F32": "float32",
    "F16": "float16",
    "BF16": "bfloat16",
    "F64": "float64",
    "I8": "int8",
    "U8": "uint8",
}


@dataclass(frozen=True, slots=True)
class Weights:
    parameters: int
    dtype: str
    size: int
    sha256: str


def weight_files(folder: Path) -> list[Path]:
    """The safetensors files of a model, complete. Raises InstallationError where one is missing."""
    files = sorted(folder.glob("*.safetensors"))
    index = folder / "model.safetensors.index.json"
    if index.exists():
        named = sorted(set(read_json(index)["weight_map"].values()))
        missing = [name for name in named if not (folder / name).is_file()]
        if missing:
            raise InstallationError(f"The model is incomplete: {missing[0]} is missing.")
        files = [folder / name for name in named]
    if not files:
        raise InstallationError("The model is incomplete: it has no safetensors file.")
    return files


def inspect_weights(
    folder: Path, advance: Advance = lambda _count: None, *, checksum: bool = True
) -> Weights:
    """Count, measure and checksum a model's weights. Raises InstallationError where a file is cut short.

    Without `checksum` only headers are read, and `sha256` is empty.
    """
    files = weight_files(folder)
    parameters_by_dtype: Counter[str] = Counter()
    for file in files:
        for tensor in _header(file).values():
            parameters_by_dtype[tensor["dtype"]] += math.prod(tensor["shape"])
    commonest = parameters_by_dtype.most_common(1)[0][0]
    return Weights(
        parameters=parameters_by_dtype.total(),
        dtype=DTYPES.get(commonest, commonest.lower()),
        size=sum(file.stat().st_size for file in files),
        sha256=sha256_of_weights(files, advance) if checksum else "",
    )


def _header(path: Path) -> dict[str, Any]:
    """The tensors of one file by name: 8 bytes of length, then JSON (safetensors format, version 0)."""
    broken = InstallationError(f"{path.name} is not a complete safetensors file; fetch it again.")
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        if not 2 <= length <= min(size - 8, HEADER_LIMIT):
            raise broken
        try:
            header: dict[str, Any] = json.loads(file.read(length))
            header.pop("__metadata__", None)
            end = max((tensor["data_offsets"][1] for tensor in header.values()), default=0)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise broken from error
    if not header or 8 + length + end != size:
        raise broken
    return header
