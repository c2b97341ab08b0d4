"""A whole installation under its supervisor, as `make start` runs it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.installation import end
from chatbot.monitoring.processes import read_statuses, status_file
from tests.browser.installation import ROOT, STOP_SECONDS, Installation


class SupervisedInstallation(Installation):
    """`manage.py start` with everything installed beforehand, so that nothing is downloaded."""

    process: subprocess.Popen[bytes] | None = None

    def prepare_encoder(self, weights: Path) -> None:
        self._manage("installmodel", str(weights), "--kind=encoder", "--verbosity=0")

    def start(self) -> None:
        """Start all processes and wait until a question can be answered."""
        with (self.folder / "start.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "start"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._wait(f"{self.url}/health/ready", self.process)

    def pid_of(self, name: str) -> int:
        """Return the process id that the supervisor gives for one of its programs."""
        (pid,) = [status.pid for status in read_statuses(status_file(self.folder)) if status.name == name]
        assert pid is not None
        return pid

    def stop(self) -> None:
        """Ask everything to end, and see to it."""
        if self.process is not None:
            end(self.process, STOP_SECONDS * 2)


@pytest.fixture(scope="module")
def supervised(
    tmp_path_factory: pytest.TempPathFactory, real_language_model: Path, real_encoder: Path
) -> Iterator[SupervisedInstallation]:
    """A running installation with real weights."""
    installation = SupervisedInstallation(tmp_path_factory.mktemp("supervised"), "https://host.example")
    try:
        installation.prepare(real_language_model)
        installation.prepare_encoder(real_encoder)
        installation.start()
        yield installation
    finally:
        installation.stop()


@pytest.fixture(scope="session")
def full_faults() -> bool:
    """Whether to run as many rounds as docs/reliability.md promises, not the short version."""
    return os.environ.get("PARLEY_FAULTS_FULL") == "1"
