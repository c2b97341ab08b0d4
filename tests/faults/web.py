"""Web processes of an installation whose model server is scripted: started, killed and started again."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from benchmarks.installation import end
from tests.browser.installation import ROOT, START_SECONDS, STOP_SECONDS, free_port

ADD_SITE = """
from chatbot.monitoring.demo_site import create_demo_site_if_missing
create_demo_site_if_missing()
"""


class WebProcesses:
    """Any number of `manage.py serve` over one data folder, each on a port that it keeps.

    The environment is the embedded default, whatever the tests' own says; `variables` come on top.
    """

    def __init__(self, folder: Path, model_url: str, **variables: str) -> None:
        self.folder = folder
        self._ports: list[int] = []
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        kept = {
            name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")
        }
        self._environment: Mapping[str, str] = {
            **kept,
            "DATA_DIR": str(folder),
            "INFERENCE_URLS": model_url,
            "DRAIN_SECONDS": "1",
            "LOG_LEVEL": "WARNING",
            **variables,
        }

    def prepare(self) -> None:
        """Create the tables and the demo site."""
        self._manage("migrate", "--verbosity=0")
        self._manage("shell", "--verbosity=0", "-c", ADD_SITE)

    def collect_static_files(self) -> None:
        """Make the chat page's scripts and styles available."""
        self._manage("collectstatic", "--noinput", "--verbosity=0")

    async def start(self, port: int | None = None) -> int:
        """Start a process, on the port of one that has ended or on a new one, and return its port."""
        port = port or free_port()
        environment = {**self._environment, "PORT": str(port)}
        self._processes[port] = self._serve(environment)
        async with httpx.AsyncClient(trust_env=False, timeout=5) as client, asyncio.timeout(START_SECONDS):
            while not await _answers(client, f"http://127.0.0.1:{port}/health/live"):
                assert self._processes[port].poll() is None, "the web process ended"
                await asyncio.sleep(0.05)
        return port

    def _serve(self, environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
        with (self.folder / "serve.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "manage.py", "serve"], cwd=ROOT, env=environment, stdout=log, stderr=log
            )

    def kill(self, port: int) -> None:
        """End a process as a crash does."""
        process = self._processes.pop(port)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def resident_kib(self, port: int) -> int:
        """Return the memory of a process that is in use, in KiB."""
        status = Path(f"/proc/{self._processes[port].pid}/status").read_text()
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")))

    def log(self) -> str:
        return (self.folder / "serve.log").read_text()

    def stop(self) -> None:
        """End every process."""
        for process in self._processes.values():
            end(process, STOP_SECONDS)

    def _manage(self, *arguments: str) -> None:
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self._environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


async def _answers(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).status_code == 200
    except httpx.HTTPError:
        return False


@asynccontextmanager
async def web_processes(folder: Path, model_url: str, **variables: str) -> AsyncIterator[WebProcesses]:
    """A prepared installation, no process started yet; none is left after the block."""
    processes = WebProcesses(folder, model_url, **variables)
    try:
        await asyncio.to_thread(processes.prepare)
        yield processes
    finally:
        await asyncio.to_thread(processes.stop)
