"""What a safetensors file says it holds, checked to the last byte without loading a tensor."""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inference.installation.errors import InstallationError

HEADER_LIMIT = 100_000_000
_DIMENSIONS_LIMIT = 16
_METADATA = "__metadata__"
_BITS = {
    **dict.fromkeys(("F64", "I64", "U64", "C64"), 64),
    **dict.fromkeys(("F32", "I32", "U32"), 32),
    **dict.fromkeys(("F16", "BF16", "I16", "U16"), 16),
    **dict.fromkeys(("I8", "U8", "BOOL", "F8_E4M3", "F8_E5M2", "F8_E8M0"), 8),
    **dict.fromkeys(("F4",), 4),
}
_ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"7z\xbc\xaf\x27\x1c", b"BZh", b"\xfd7zXZ\x00")


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """A tensor of a file: its number format in safetensors' words, and its sizes."""

    dtype: str
    shape: tuple[int, ...]

    @property
    def count(self) -> int:
        return math.prod(self.shape)


def read_header(path: Path) -> dict[str, StoredTensor]:
    """The tensors of one file by name: 8 bytes of length, then JSON (safetensors format, version 0).

    Raises InstallationError where the file is cut short, claims sizes that its bytes do not bear out, or is
    something else under this name, such as a pickle file.
    """
    header, values = _read(path)
    header.pop(_METADATA, None)
    try:
        tensors = {name: _stored(value) for name, value in header.items()}
        ends = sorted((*value["data_offsets"],) for value in header.values())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _broken(path) from error
    # One tensor begins where another ends, and the last ends with the file: nothing is hidden or missing.
    begins, finishes = [0, *(end for _begin, end in ends)], [*(begin for begin, _end in ends), values]
    if not tensors or begins != finishes:
        raise _broken(path)
    return tensors


def read_metadata(path: Path) -> dict[str, str]:
    """What a file says of itself besides its tensors, if anything. Raises InstallationError."""
    found = _read(path)[0].get(_METADATA)
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}


def _read(path: Path) -> tuple[dict[str, Any], int]:
    """The header as it is written, and how many bytes of values follow it."""
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        is_possible = 2 <= length <= min(size - 8, HEADER_LIMIT)
        text = file.read(length) if is_possible else b""
    if not text.startswith(b"{"):
        raise _something_else(path, start)
    try:
        header: dict[str, Any] = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _broken(path) from error
    return header, size - 8 - length


def _stored(value: dict[str, Any]) -> StoredTensor:
    """The tensor of one entry. Raises ValueError where its sizes are none, or are not those of its bytes."""
    shape, (begin, end) = value["shape"], value["data_offsets"]
    whole = [*shape, begin, end]
    if len(shape) > _DIMENSIONS_LIMIT or any(type(number) is not int or number < 0 for number in whole):
        raise ValueError(shape)
    tensor = StoredTensor(value["dtype"], tuple(shape))
    if (end - begin) * 8 != tensor.count * _BITS[tensor.dtype]:
        raise ValueError(shape)
    return tensor


def _broken(path: Path) -> InstallationError:
    return InstallationError(f"{path.name} is not a complete safetensors file; fetch it again.")


def _something_else(path: Path, start: bytes) -> InstallationError:
    """Say what the file is where its first bytes tell; nobody opens it to find out."""
    if start.startswith(_ARCHIVES):
        return InstallationError(
            f"{path.name} is an archive, as torch.save writes it with pickled objects inside; these can run "
            "code when they are read, so ask for a safetensors version of this model."
        )
    # Protocols 2 to 5 begin with their number. Older ones begin with a mark or a name, as a length may; the
    # upper half of a length is 0.
    is_new = start[:1] == b"\x80" and start[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05")
    is_old = start[:1] in (b"(", b"c") and start[4:] != bytes(4)
    if is_new or is_old:
        return InstallationError(
            f"{path.name} is a pickle file under another name, which can run code when it is opened; "
            "ask for a safetensors version of this model."
        )
    return _broken(path)
