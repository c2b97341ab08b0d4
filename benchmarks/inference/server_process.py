"""A model server in a process of its own, for the time of a measurement."""

import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks.inference.children import PROJECT, MeasurementFailed
from benchmarks.installation import end

_START_SECONDS = 600.0
_STOP_SECONDS = 30.0
_SAMPLE_SECONDS = 0.5


class ServerProcess:
    """A running server; `rss_mb` is the most memory seen resident in it so far (0 where /proc is missing)."""

    def __init__(self, port: int, pid: int) -> None:
        self.port = port
        self.rss_mb = 0.0
        self._status = Path(f"/proc/{pid}/status")
        self._ended = threading.Event()

    def watch(self) -> None:
        """Read the memory twice a second until `end_watch`; threads and caches count, other processes not."""
        while not self._ended.wait(_SAMPLE_SECONDS):
            self.rss_mb = max(self.rss_mb, self._resident())

    def end_watch(self) -> None:
        self._ended.set()

    def _resident(self) -> float:
        try:
            for line in self._status.read_text().splitlines():
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) * 1024 / 1e6
        except OSError:
            pass
        return 0.0


@contextmanager
def running_server(model: str, precision: str, wanted: Path | None = None) -> Iterator[ServerProcess]:
    """Serve the folder on a free port of 127.0.0.1; raises MeasurementFailed where it does not start.

    `wanted` is a file that says which versions it shall go on to serve, see `serving`.
    """
    port = _free_port()
    command = [sys.executable, "-m", "benchmarks.inference.serving", model, precision, str(port)]
    command += [str(wanted)] if wanted is not None else []
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, cwd=PROJECT, stdout=log, stderr=log)
        server = ServerProcess(port, process.pid)
        watch = threading.Thread(target=server.watch, daemon=True)
        try:
            deadline = time.monotonic() + _START_SECONDS
            while not _is_healthy(port):
                if process.poll() is not None or time.monotonic() > deadline:
                    log.seek(0)
                    lines = log.read().decode(errors="replace").strip().splitlines()[-1:]
                    raise MeasurementFailed(f"the model server did not start: {' '.join(lines)}")
                time.sleep(0.2)
            watch.start()
            yield server
        finally:
            server.end_watch()
            end(process, _STOP_SECONDS)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def _is_healthy(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health", timeout=5, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False
