"""Where an installation works: a hidden folder that only one process holds and that never outlives it."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from inference.installation.errors import InstallationError
from inference.installation.progress import Reporter, megabytes


@contextmanager
def workspace(models_dir: Path, name: str, report: Reporter) -> Iterator[Path]:
    """An empty folder beside the installed models, removed at the end whatever happens.

    A second installation of the same model waits for the first. What a killed process left is removed here.
    """
    models_dir.mkdir(parents=True, exist_ok=True)
    folder = models_dir / f".partial-{name}"
    lock = models_dir / f".lock-{name}"
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report.line(f"{name} is being installed by another process; waiting for it.")
            fcntl.flock(held, fcntl.LOCK_EX)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def require_space(folder: Path, needed: int) -> None:
    """Raise InstallationError before work that would fill the disk."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise InstallationError(
            f"The disk is too full: about {megabytes(needed)} are needed in {folder} "
            f"and {megabytes(free)} are free."
        )


def place_copy(source: Path, target: Path) -> None:
    """Put a file at `target` without doubling it on disk where the file system allows that."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
