"""The installation that a benchmark measures: one that runs already, or one started for the purpose."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

_START_SECONDS = 600.0
_STOP_SECONDS = 60.0


class NotReady(Exception):
    """The installation does not answer questions; the message says why."""


def is_ready(url: str) -> bool:
    """Tell whether the installation at `url` can answer a question now."""
    try:
        return httpx.get(f"{url}/health/ready", timeout=5, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def end(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Ask `process` to end and wait up to `seconds`, then kill it; one that has ended is left alone."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def running_installation(url: str) -> Iterator[None]:
    """Keep an installation running at `url` for the block: the one that is there, else a new one.

    A new one is `manage.py start` with this process's environment, ended with SIGTERM after the block.
    Raises NotReady when it does not come up.
    """
    if is_ready(url):
        yield
        return
    # A benchmark that is told to end takes the installation that it started along.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    process = subprocess.Popen([sys.executable, "manage.py", "start"], stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not is_ready(url):
            if process.poll() is not None:
                raise NotReady(
                    f"`manage.py start` ended with {process.returncode}; its own message says why."
                )
            if time.monotonic() > deadline:
                raise NotReady(f"{url} was not ready within {_START_SECONDS:.0f} s.")
            time.sleep(0.2)
        yield
    finally:
        end(process, _STOP_SECONDS)
