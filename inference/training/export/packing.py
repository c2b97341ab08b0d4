"""A folder as one file, and what a receiver can check it by."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from inference.training.output import Tell

_CHUNK = 1 << 22
_MEGABYTE = 1 << 20
# Archives have no year before; the same export is the same archive.
_MOMENT = (1980, 1, 1, 0, 0, 0)


def pack(folder: Path, archive: Path, tell: Tell) -> None:
    """Put the files of `folder` into a zip archive under the folder's name, unpressed: weights do not shrink.

    Each file is removed when it is in, so that the disk holds it twice for a moment only. Raises OSError.
    """
    files = _files(folder)
    total = sum(file.stat().st_size for file in files)
    done = 0
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED, allowZip64=True) as packed:
        for file in files:
            entry = zipfile.ZipInfo(f"{archive.stem}/{file.relative_to(folder).as_posix()}", _MOMENT)
            entry.external_attr = 0o644 << 16
            entry.file_size = file.stat().st_size
            with packed.open(entry, "w") as into:
                for chunk in _chunks(file):
                    into.write(chunk)
                    done += len(chunk)
                    tell({"step": done // _MEGABYTE, "of": max(1, total // _MEGABYTE)})
            file.unlink()


def described(path: Path, tell: Tell) -> list[dict[str, Any]]:
    """The name, bytes and SHA-256 of each file at `path`, which is one file or a folder of them."""
    files = _files(path) if path.is_dir() else [path]
    total = sum(file.stat().st_size for file in files)
    done, found = 0, []
    for file in files:
        digest = hashlib.sha256()
        for chunk in _chunks(file):
            digest.update(chunk)
            done += len(chunk)
            tell({"step": done // _MEGABYTE, "of": max(1, total // _MEGABYTE)})
        name = file.relative_to(path).as_posix() if path.is_dir() else file.name
        found.append({"name": name, "bytes": file.stat().st_size, "sha256": digest.hexdigest()})
    return found


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while chunk := opened.read(_CHUNK):
            yield chunk
