"""The model server that a measurement uses: one that runs already, or one started for the purpose."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from benchmarks.installation import NotReady, end

_START_SECONDS = 300.0
_STOP_SECONDS = 20.0


@contextmanager
def running_model_server(url: str, model: str = "") -> Iterator[None]:
    """Keep a model server running at `url`, which ends in /v1, for the block.

    A new one is `manage.py runinference` with this process's environment, at the address and with the model
    that are named. Raises NotReady when it does not come up.
    """
    if _answers(url):
        yield
        return
    command = [sys.executable, "manage.py", "runinference"]
    if model:
        command += ["--model", model, "--port", str(httpx.URL(url).port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not _answers(url):
            if process.poll() is not None:
                raise NotReady(f"`manage.py runinference` ended with {process.returncode}: see its message.")
            if time.monotonic() > deadline:
                raise NotReady(f"{url} did not answer within {_START_SECONDS:.0f} s.")
            time.sleep(0.2)
        yield
    finally:
        end(process, _STOP_SECONDS)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url.removesuffix('/v1')}/health", timeout=5, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False
