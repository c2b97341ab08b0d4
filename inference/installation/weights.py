"""Facts about safetensors files, read from their headers without loading a tensor."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePath

from inference.installation.checksums import sha256_of_weights
from inference.installation.errors import InstallationError
from inference.installation.headers import read_header, read_metadata
from inference.installation.json_files import read_json
from inference.installation.progress import Advance

DTYPES = {
    "F32": "float32",
    "F16": "float16",
    "BF16": "bfloat16",
    "F64": "float64",
    "I8": "int8",
    "U8": "uint8",
}


# In such a file the weights lie as the engine's kernels read them, which says nothing of their number.
PACKED_FORMAT = "parley-packed"


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
        named = _named_in(index)
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
        for tensor in read_header(file).values():
            parameters_by_dtype[tensor.dtype] += tensor.count
    commonest = parameters_by_dtype.most_common(1)[0][0]
    packed = read_metadata(files[0])
    is_packed = packed.get("format") == PACKED_FORMAT
    return Weights(
        parameters=_whole(packed.get("parameters")) if is_packed else parameters_by_dtype.total(),
        dtype=packed.get("precision", "") if is_packed else DTYPES.get(commonest, commonest.lower()),
        size=sum(file.stat().st_size for file in files),
        sha256=sha256_of_weights(files, advance) if checksum else "",
    )


def _whole(number: str | None) -> int:
    try:
        return max(0, int(number or 0))
    except ValueError as error:
        raise InstallationError(
            "The packed weights do not say how many they are; the model is broken."
        ) from error


def _named_in(index: Path) -> list[str]:
    """The files that an index names. Raises InstallationError unless each lies beside it."""
    facts = read_json(index)
    files = facts.get("weight_map") if isinstance(facts, dict) else None
    names = sorted({str(name) for name in files.values()}) if isinstance(files, dict) else []
    if not names:
        raise InstallationError(f"{index.name} names no files; the model is incomplete or broken.")
    outside = [name for name in names if PurePath(name).name != name or not name.endswith(".safetensors")]
    if outside:
        raise InstallationError(
            f"{index.name} names {outside[0]!r}, which is no safetensors file beside it; refused."
        )
    return names
