"""The folder of a job: it outlives the worker, and is held by whoever works in it."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from chatbot.workshop.models import WorkshopJob

# A job that failed can be gone on with for so long.
_KEPT_FOR = timedelta(days=7)
_LOCK = "lock"


class InUse(Exception):
    """Somebody works in the folder: an earlier worker's program has not ended yet."""


@contextmanager
def held(job: WorkshopJob) -> Iterator[int]:
    """Hold the job's folder, made where it is not there, and yield the descriptor that holds it.

    A program that inherits the descriptor holds the folder too, even after the worker was killed, so that no
    two programs ever write the same checkpoints. Raises InUse, and OSError where it cannot be made.
    """
    job.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(job.folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(descriptor)
        yield descriptor
    finally:
        os.close(descriptor)


def is_held(job: WorkshopJob) -> bool:
    """Whether somebody works in the job's folder."""
    try:
        descriptor = os.open(job.folder / _LOCK, os.O_RDWR)
    except OSError:
        return False
    try:
        _lock(descriptor)
    except InUse:
        return True
    finally:
        os.close(descriptor)
    return False


def forget(job: WorkshopJob) -> None:
    """Remove what the job left on disk."""
    shutil.rmtree(job.folder, ignore_errors=True)


def forget_finished() -> None:
    """Remove the folders of jobs that nobody goes on with any more."""
    kept = WorkshopJob.objects.unfinished() | WorkshopJob.objects.filter(
        state=WorkshopJob.State.FAILED, finished_at__gt=timezone.now() - _KEPT_FOR
    )
    names = set(kept.values_list("public_id", flat=True))
    for folder in (Path(settings.WORKSHOP_DIR) / "jobs").glob("*"):
        if folder.name not in names:
            shutil.rmtree(folder, ignore_errors=True)


def size_of(folder: Path) -> int:
    """Return the bytes of the files in a folder, whatever disappears meanwhile."""
    total = 0
    for file in folder.rglob("*"):
        with suppress(OSError):
            total += file.lstat().st_size
    return total


def _lock(descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InUse from None
