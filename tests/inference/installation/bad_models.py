"""Model files as somebody with bad intentions, or bad luck, would bring them."""

import json
import os
import pickle
import struct
import zipfile
from pathlib import Path
from typing import Any


class Bomb:
    """Pickled, it makes a folder wherever it is opened."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.trace),)


def pickled(trace: Path, protocol: int = 2) -> bytes:
    return pickle.dumps(Bomb(trace), protocol=protocol)


def torch_archive(path: Path, trace: Path) -> None:
    """What torch.save writes: a zip archive with a pickle in it."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickled(trace))
        archive.writestr("archive/version", "3\n")


def write_safetensors(path: Path, tensors: dict[str, Any], values: bytes = b"") -> None:
    header = json.dumps(tensors).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + values)


def tensor(shape: list[Any], begin: int, end: int, dtype: str = "F32") -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


# What a header may claim of eight bytes that hold two numbers of four.
ABSURD = {
    "a tensor larger than the file": {"w": tensor([2**40], 0, 8)},
    "an end far beyond the file": {"w": tensor([2], 0, 2**62)},
    "negative sizes": {"w": tensor([-1, -2], 0, 8)},
    "sizes that are no numbers": {"w": tensor(["2"], 0, 8)},
    "a size that is true": {"w": tensor([True, 2], 0, 8)},
    "tensors that overlap": {"a": tensor([2], 0, 8), "b": tensor([1], 0, 4)},
    "bytes that no tensor names": {"w": tensor([1], 0, 4)},
    "a number format that there is not": {"w": tensor([2], 0, 8, "OBJ")},
    "a list of tensors": [tensor([2], 0, 8)],
    "no tensor": {"__metadata__": {"format": "pt"}},
}
