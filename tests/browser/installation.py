"""A real installation of its own for the browser tests: web and model server as processes, real weights."""

import atexit
import functools
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import httpx

from benchmarks.installation import end
from inference.engine.native.compiler import users_cache
from tests.processes import ROOT, manage

START_SECONDS = 120.0
STOP_SECONDS = 20.0

ADD_SITES = """
from accounts.models import Site
from chatbot.monitoring.demo_site import create_demo_site_if_missing
create_demo_site_if_missing()
Site.objects.create(name="Acme", public_key="acme", allowed_origins=["{host}"])
"""


class Installation:
    """Processes on free ports over a data folder; each can be killed and started again."""

    def __init__(self, folder: Path, host_origin: str) -> None:
        self.folder = folder
        self.host_origin = host_origin
        self.web_port, self.model_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.web_port}"
        self.web: subprocess.Popen[bytes] | None = None
        self.model_server: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> Mapping[str, str]:
        """Embedded defaults, whatever the environment of the tests says."""
        kept = {
            name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")
        }
        return {
            **kept,
            "DATA_DIR": str(self.folder),
            "PORT": str(self.web_port),
            "INFERENCE_PORT": str(self.model_port),
            "INFERENCE_URLS": f"http://127.0.0.1:{self.model_port}/v1",
            # Long enough that a second tab finds an answer still being written on a fast machine.
            "REPLY_MAX_TOKENS": "300",
            # Tests share two cores with a browser, where spinning threads take each other's turns.
            "INFERENCE_THREADS": "1",
            "DRAIN_SECONDS": "1",
        }

    def prepare(self, weights: Path) -> None:
        """Create tables, static files, sites, and install the language model from `weights`."""
        self.begin()
        sites = ADD_SITES.format(host=self.host_origin)
        manage(self.environment, "shell", "--verbosity=0", "-c", sites)
        manage(self.environment, "installmodel", str(weights), "--verbosity=0")

    def begin(self) -> None:
        """Create tables and static files, and take the kernels that were compiled before."""
        shutil.copytree(_tables_and_files(), self.folder, dirs_exist_ok=True)
        compiled = users_cache()
        compiled.mkdir(parents=True, exist_ok=True)
        (self.folder / "kernels").symlink_to(compiled)

    def start_web(self) -> None:
        """Start the web process and wait until it answers."""
        self.web = self._start("serve")
        self._wait(f"{self.url}/health/live", self.web)

    def start_model_server(self) -> None:
        """Start the model server and wait until its weights are loaded."""
        self.model_server = self._start("runinference")
        self._wait(f"http://127.0.0.1:{self.model_port}/health", self.model_server)

    def kill_model_server(self) -> None:
        """End the model server as a crash does."""
        assert self.model_server is not None
        self.model_server.send_signal(signal.SIGKILL)
        self.model_server.wait(STOP_SECONDS)

    def stop(self) -> None:
        """End every process that was started."""
        for process in (self.web, self.model_server):
            if process is not None:
                end(process, STOP_SECONDS)

    def _start(self, command: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{command}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "manage.py", command],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def _wait(self, url: str, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            assert process.poll() is None, f"the process for {url} ended with {process.returncode}"
            assert time.monotonic() < deadline, f"{url} did not answer within {START_SECONDS:.0f} s"
            try:
                if httpx.get(url, timeout=5, trust_env=False).status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.1)


@functools.cache
def _tables_and_files() -> Path:
    """A data folder with empty tables and the static files, made once; it is gone when the tests end."""
    folder = Path(tempfile.mkdtemp(prefix="parley-installation-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    environment = Installation(folder, "").environment
    manage(environment, "migrate", "--verbosity=0")
    manage(environment, "collectstatic", "--noinput", "--verbosity=0")
    return folder


def free_port() -> int:
    """Return a port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
