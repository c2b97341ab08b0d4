"""The web processes of this installation on this machine: each is known by a locked file while it lives."""

import fcntl
import json
import logging
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

logger = logging.getLogger(__name__)

# Begins to drain and, unlike a second SIGTERM, never hurries a drain that has begun.
DRAIN_SIGNAL = signal.SIGUSR1
# Process ids mean nothing on another machine that shares the folder.
_PREFIX = f"web.{socket.gethostname()}."


@dataclass(frozen=True, slots=True)
class WebProcess:
    """What a web process last said of itself; `replies` are the answers that it is writing."""

    pid: int
    port: int
    draining: bool = False
    sockets: int = 0
    replies: int = 0

    def drain(self) -> None:
        """Tell the process to drain and end; asking twice changes nothing. Raises OSError."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, DRAIN_SIGNAL)


class Entry:
    """This process's own entry: it disappears when the process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        while True:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
            # Whoever looked before the lock was held took the entry for a dead process's and its file away.
            with suppress(FileNotFoundError):
                if path.stat().st_ino == os.fstat(self._descriptor).st_ino:
                    return
            os.close(self._descriptor)

    def write(self, process: WebProcess) -> None:
        """Replace what the entry says; raises OSError, on a full disk for example."""
        text = json.dumps(asdict(process)).encode("ascii")
        os.ftruncate(self._descriptor, os.pwrite(self._descriptor, text, 0))

    def close(self) -> None:
        """Take the entry away."""
        self._path.unlink(missing_ok=True)
        os.close(self._descriptor)


@contextmanager
def registered(data_dir: Path) -> Iterator[Entry | None]:
    """List this process among the web processes of `data_dir` for the block; None where that cannot be."""
    try:
        entry = Entry(data_dir / "run" / f"{_PREFIX}{os.getpid()}.json")
    except OSError as error:
        logger.warning("`manage.py drain` will not find this process: %s", error)
        yield None
        return
    try:
        yield entry
    finally:
        entry.close()


def web_processes(data_dir: Path) -> list[WebProcess]:
    """Return the web processes of `data_dir` that run on this machine and serve already."""
    paths = sorted((data_dir / "run").glob(f"{_PREFIX}*.json"))
    return [process for path in paths if (process := _read(path)) is not None]


def _read(path: Path) -> WebProcess | None:
    """Return the process of an entry, or None when it is gone: its lock went with it."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        with suppress(ValueError, TypeError):
            return WebProcess(**json.loads(os.pread(descriptor, 4096, 0)))
    else:
        path.unlink(missing_ok=True)
    finally:
        os.close(descriptor)
    return None
