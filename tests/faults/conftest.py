"""How long the tests of faults may take, and what they happen to: whole installations and web processes."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from benchmarks.installation import end
from chatbot.monitoring.processes import read_statuses, status_file
from tests.browser.conftest import browser, context, page  # noqa: F401  fixtures
from tests.browser.installation import STOP_SECONDS, Installation
from tests.faults.servers import OwnRedis, WebProcess, own_database, running
from tests.processes import ROOT, manage
from tests.scripted_model import ScriptedModel


@pytest.fixture(scope="session")
def full_faults() -> bool:
    """Whether to take the time for all runs that the figures of docs/reliability.md speak of."""
    return os.environ.get("PARLEY_FAULTS_FULL") == "1"


# Answers that fail one after the other call a person, and then nobody writes the next one.
LEAVE_IT_TO_THE_ASSISTANT = """
from accounts.models import Site
from chatbot.conversations.models import HandoffSettings
HandoffSettings.objects.create(site=Site.objects.get(public_key="demo"), failed_answers=0)
"""


class SupervisedInstallation(Installation):
    """`manage.py start` with everything installed beforehand, so that nothing is downloaded."""

    process: subprocess.Popen[bytes] | None = None

    def prepare_encoders(self, weights: dict[str, Path]) -> None:
        """Install encoders under the names by which the program looks for them; the first is active."""
        for name, folder in weights.items():
            manage(self.environment, "installmodel", str(folder), "--kind=encoder", f"--name={name}", "-v0")

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


@pytest.fixture(scope="session")
def installed_folder(
    tmp_path_factory: pytest.TempPathFactory, real_language_model: Path, real_encoders: dict[str, Path]
) -> Path:
    """A data folder with the demo site and real weights, made once."""
    installation = SupervisedInstallation(tmp_path_factory.mktemp("installed"), "https://host.example")
    installation.prepare(real_language_model)
    installation.prepare_encoders(real_encoders)
    manage(installation.environment, "shell", "--verbosity=0", "-c", LEAVE_IT_TO_THE_ASSISTANT)
    return installation.folder


@pytest.fixture(scope="module")
def supervised(
    tmp_path_factory: pytest.TempPathFactory, installed_folder: Path
) -> Iterator[SupervisedInstallation]:
    """A running installation with real weights."""
    folder = tmp_path_factory.mktemp("supervised") / "data"
    shutil.copytree(installed_folder, folder, symlinks=True)
    installation = SupervisedInstallation(folder, "https://host.example")
    try:
        installation.start()
        yield installation
    finally:
        installation.stop()


@pytest.fixture(scope="session")
def prepared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with tables and the demo site, made once."""
    folder = tmp_path_factory.mktemp("prepared")
    WebProcess(folder).prepare()
    return folder


@pytest.fixture(scope="session")
def prepared_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL database with tables and the demo site, to copy; skips where there is no server."""
    with own_database() as url:
        WebProcess(tmp_path_factory.mktemp("database"), DATABASE_URL=url).prepare()
        yield url


@pytest.fixture
def data_dir(tmp_path: Path, prepared_folder: Path) -> Path:
    """A data folder of this test's own with tables and the demo site in SQLite."""
    return shutil.copytree(prepared_folder, tmp_path / "data")


@pytest.fixture
async def web(data_dir: Path, model: ScriptedModel) -> AsyncIterator[WebProcess]:
    """A web process over SQLite that answers with the test file's own model."""
    async with running(WebProcess(data_dir, model.url)) as web:
        yield web


@pytest.fixture
async def two_webs(
    tmp_path: Path, model: ScriptedModel, prepared_database: str
) -> AsyncIterator[list[WebProcess]]:
    """Two web processes over one PostgreSQL and one Redis of their own."""
    redis = OwnRedis()
    with own_database(prepared_database) as database:
        variables = {"DATABASE_URL": database, "REDIS_URL": redis.url, "WEB_PROCESSES": "2"}
        webs = [WebProcess(tmp_path, model.url, **variables) for _ in range(2)]
        try:
            redis.start()
            await asyncio.gather(*(web.start() for web in webs))
            yield webs
        finally:
            for web in webs:
                web.kill()
            redis.stop()
