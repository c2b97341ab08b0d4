"""What runs under the supervisor, in a small file that the admin and the health check read."""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path


class State(StrEnum):
    """Where a supervised process stands."""

    RUNNING = "running"
    WAITING = "waiting"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class ProcessStatus:
    """One supervised process: `since` is the Unix time of the last change of `state`."""

    name: str
    state: State
    pid: int | None
    since: float
    restarts: int
    last_exit: str


def status_file(data_dir: Path) -> Path:
    """Return where the supervisor of the installation in `data_dir` writes the status."""
    return data_dir / "run" / "processes.json"


def write_statuses(path: Path, statuses: Iterable[ProcessStatus]) -> None:
    """Replace the file at `path` as a whole, so that a reader never sees half of it."""
    document = {"supervisor": os.getpid(), "processes": [asdict(status) for status in statuses]}
    candidate = path.with_suffix(".new")
    candidate.write_text(json.dumps(document, indent=1), encoding="utf-8")
    candidate.replace(path)


def read_statuses(path: Path) -> list[ProcessStatus]:
    """Return what the supervisor last wrote; nothing where none runs, so that no stale file is believed."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        os.kill(document["supervisor"], 0)
        return [ProcessStatus(**{**entry, "state": State(entry["state"])}) for entry in document["processes"]]
    except PermissionError:
        return []
    except (OSError, ValueError, KeyError, TypeError):
        return []
