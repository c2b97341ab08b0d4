"""Where the processes of a worker write their figures, so that its main process can add them up."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

# prometheus_client looks for it when it is imported.
VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


def prepare_folder(data_dir: Path) -> None:
    """Name a new folder for this process and those that it forks, before prometheus_client is imported.

    Folders of workers that were killed are taken away.
    """
    parent = data_dir / "metrics"
    for old in parent.glob("worker-*"):
        if not _is_alive(int(old.name.removeprefix("worker-"))):
            shutil.rmtree(old, ignore_errors=True)
    folder = parent / f"worker-{os.getpid()}"
    # On a full disk the worker has other troubles, of which it tells itself.
    with suppress(OSError):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        os.environ[VARIABLE] = str(folder)


def remove_folder() -> None:
    """Take this worker's folder away, at its end."""
    if VARIABLE in os.environ:
        shutil.rmtree(os.environ[VARIABLE], ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
