"""Folders of jobs, which nobody else reads and which do not outlive their job."""

import shutil
import tempfile
from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def private_folder(parent: Path, public_id: str) -> Iterator[Path]:
    """A folder for one job, removed at the end whatever happens; raises OSError where it cannot be made."""
    parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = Path(tempfile.mkdtemp(prefix=f"{public_id}-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def forget_folders(parent: Path, kept: Container[str]) -> None:
    """Remove the folders of all jobs but those with a public id in `kept`."""
    for folder in parent.glob("*"):
        if folder.name.partition("-")[0] not in kept:
            shutil.rmtree(folder, ignore_errors=True)
