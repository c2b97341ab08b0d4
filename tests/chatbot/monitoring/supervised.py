"""Supervisors to test: one on the running loop, and one in a process of its own that can be killed."""

import io
import os
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psutil

from chatbot.monitoring.child import Program
from chatbot.monitoring.console import Console
from chatbot.monitoring.processes import ProcessStatus, read_statuses
from chatbot.monitoring.supervisor import Supervisor
from tests.processes import ROOT

# A program, and a program of that program, that both refuse to stop.
STUBBORN = (
    "import signal, subprocess, sys, time\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "code = 'import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)'\n"
    "child = subprocess.Popen([sys.executable, '-c', code])\n"
    "print('child', child.pid, flush=True)\n"
    "time.sleep(600)\n"
)

ALONE = """
import asyncio, signal, sys
from pathlib import Path
from chatbot.monitoring.child import Program
from chatbot.monitoring.console import Console
from chatbot.monitoring.supervisor import Supervisor
from tests.processes import ROOT

async def main():
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with Supervisor(Path(sys.argv[1]), Console(8)) as supervisor:
        for number, code in enumerate(sys.argv[2:]):
            supervisor.start(Program(f"p{number}", [sys.executable, "-c", code], grace_seconds=1.0))
        await stop.wait()

asyncio.run(main())
"""


def python(name: str, code: str, grace_seconds: float = 5.0) -> Program:
    """A program that runs `code`."""
    return Program(name, [sys.executable, "-c", code], grace_seconds=grace_seconds)


class Running:
    """A supervisor on the running loop, what it printed and what it says of its programs."""

    def __init__(self, status_path: Path) -> None:
        self._printed = io.StringIO()
        self.status_path = status_path
        self.supervisor = Supervisor(status_path, Console(8, self._printed))

    @property
    def output(self) -> str:
        return self._printed.getvalue()

    def status(self, name: str) -> ProcessStatus:
        return next(status for status in read_statuses(self.status_path) if status.name == name)

    def is_running(self, name: str) -> bool:
        return any(s.name == name and s.pid for s in read_statuses(self.status_path))

    def numbers(self, word: str) -> list[int]:
        """The numbers printed after `word`."""
        return [int(number) for number in re.findall(rf"\b{word} (\d+)", self.output)]


@asynccontextmanager
async def supervising(folder: Path) -> AsyncIterator[Running]:
    """A supervisor that is stopped at the end."""
    running = Running(folder / "run" / "processes.json")
    async with running.supervisor:
        yield running


def supervise_alone(folder: Path, *programs: str) -> "subprocess.Popen[str]":
    """Start a supervisor of `programs`, pieces of Python, in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", ALONE, str(folder / "processes.json"), *programs],
        cwd=ROOT,
        env={**os.environ, "PARLEY_TEST": str(folder)},
        stdout=subprocess.PIPE,
        text=True,
    )


def members(folder: Path) -> list[int]:
    """The process ids of everything that descends from `supervise_alone(folder, ...)`."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("PARLEY_TEST") == str(folder) and process.status() != "zombie":
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


def wait_until(condition: Callable[[], object], within: float = 30.0) -> None:
    """Return once `condition()` is true; fail when it is not within so many seconds."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"not within {within} s"
        time.sleep(0.02)
