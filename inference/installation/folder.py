"""A local folder, or a single GGUF file, as the source of a model."""

import shutil
from pathlib import Path

from inference.installation.errors import InstallationError, SourceUnavailable
from inference.installation.progress import Reporter
from inference.installation.safety import refuse_links_out, refuse_unsafe_files
from inference.installation.workspace import require_space

COPIED_SUFFIXES = frozenset({".json", ".jinja", ".model", ".safetensors", ".txt"})
POOLING_FACTS = "1_Pooling/config.json"


def fetch_folder(path: Path, target: Path, report: Reporter) -> None:
    """Copy what a model needs from `path` into `target`, leaving the original as it is."""
    if not path.exists():
        raise SourceUnavailable(f"There is nothing at {path}.")
    files = _wanted_files(path)
    sizes = {file: file.stat().st_size for file in files}
    target.mkdir(parents=True, exist_ok=True)
    require_space(target, sum(sizes.values()))
    root = path if path.is_dir() else path.parent
    with report.bar(f"Copying from {path}", total=sum(sizes.values())) as advance:
        for file, size in sizes.items():
            copy = target / file.relative_to(root)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
            advance(size)


def _wanted_files(path: Path) -> list[Path]:
    if path.is_file():
        refuse_unsafe_files([path.name], str(path))
        if path.suffix.lower() != ".gguf":
            raise InstallationError(f"{path} is neither a folder nor a GGUF file.")
        return [path]
    refuse_links_out(path)
    present = [file for file in sorted(path.iterdir()) if file.is_file()]
    refuse_unsafe_files([file.name for file in present], str(path))
    packed = [file for file in present if file.suffix.lower() == ".gguf"]
    if packed and not any(file.suffix == ".safetensors" for file in present):
        if len(packed) > 1:
            raise InstallationError(f"{path} holds several GGUF files; name the one to install.")
        return packed
    pooling = path / POOLING_FACTS
    wanted = [file for file in present if file.suffix in COPIED_SUFFIXES]
    return [*wanted, pooling] if pooling.is_file() else wanted
