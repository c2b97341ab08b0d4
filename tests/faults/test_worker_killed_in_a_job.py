"""The worker is killed at a random moment of a fine-tuning: the job ends as if nothing had been."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.chatbot.monitoring.supervised import wait_until
from tests.processes import ROOT, manage

SECONDS = 240.0
PLANT = """
from django.conf import settings
from chatbot.workshop.jobs.asking import Wish, ask
from chatbot.workshop.jobs.kinds import kind_of
from chatbot.workshop.models import DataSet, DataSetVersion
from chatbot.workshop.models.data_sets import sha256_of
from inference.models import LanguageModel, LanguageModelVersion
from tests.inference.training.language.tiny_training import write_base, write_data

write_base(settings.MODELS_DIR / "tiny" / "first")
model = LanguageModel.objects.create(name="tiny", parameters=1, context_length=64)
base = LanguageModelVersion.objects.register(
    model, path="tiny/first", sha256="0" * 64, size=1, dtype="float32", source="test"
)
base.activate()
data = DataSetVersion(data_set=DataSet.objects.create(name="service"), number=1)
write_data(data.folder)
data.sha256 = sha256_of(data.folder)
data.save()
"""
ASK = """
from chatbot.workshop.jobs.asking import Wish, ask
from chatbot.workshop.jobs.kinds import kind_of
from chatbot.workshop.models import DataSetVersion
from inference.models import LanguageModelVersion

kind = kind_of("finetune")
chosen = {option.name: option.default for option in kind.options} | {
    "method": "full", "epochs": 15.0, "tokens_at_once": 64, "longest": 64, "checkpoint_every": 10
}
base = LanguageModelVersion.objects.get(number=1)
print(ask(Wish(kind, base, DataSetVersion.objects.get(), None, chosen, 3), by=None).public_id)
"""
# As the clock does every few seconds, once a job has stood still for long enough.
LOOK_AFTER = """
from datetime import timedelta
from django.utils import timezone
from chatbot.workshop.jobs.looking_after import look_after
from chatbot.workshop.models import WorkshopJob

WorkshopJob.objects.filter(state="running").update(touched_at=timezone.now() - timedelta(minutes=1))
look_after()
"""


class Installation:
    """Tables, a tiny model, a data set, and a worker that can be killed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        unwanted = ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL")
        kept = {name: value for name, value in os.environ.items() if name not in unwanted}
        self.environment = {
            **kept,
            "DATA_DIR": str(folder),
            "WORKER_METRICS_PORT": "0",
            "TRAINING_PRIORITY": "low",
            "PYTHONPATH": str(ROOT),
        }
        self.worker: subprocess.Popen[bytes] | None = None

    def shell(self, code: str) -> str:
        return manage(self.environment, "shell", "--verbosity=0", "-c", code).strip()

    def start_worker(self) -> None:
        command = [sys.executable, "-m", "celery", "-A", "chatbot", "worker", "--concurrency", "1"]
        with (self.folder / "worker.log").open("ab") as log:
            self.worker = subprocess.Popen(
                [*command, "--loglevel", "INFO"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill_worker(self) -> None:
        """End the worker and its processes as the system does when memory is out."""
        assert self.worker is not None
        os.killpg(self.worker.pid, signal.SIGKILL)
        self.worker.wait()

    def job(self, public_id: str) -> dict[str, Any]:
        connection = sqlite3.connect(self.folder / "parley.sqlite3")
        try:
            row = connection.execute(
                "SELECT state, message, detail, done, total, attempts, losses, result, made_id "
                "FROM workshop_workshopjob WHERE public_id = ?",
                (public_id,),
            ).fetchone()
        finally:
            connection.close()
        names = ("state", "message", "detail", "done", "total", "attempts", "losses", "result", "made")
        found = dict(zip(names, row, strict=True))
        return {**found, "losses": json.loads(found["losses"]), "result": json.loads(found["result"])}

    def programs(self) -> list[psutil.Process]:
        """The training programs that run over this folder."""
        found = []
        for process in psutil.process_iter():
            try:
                words = process.cmdline()
            except psutil.Error:
                continue
            if "inference.training.finetune" in words and any(str(self.folder) in word for word in words):
                found.append(process)
        return found


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    installation = Installation(tmp_path_factory.mktemp("jobs"))
    manage(installation.environment, "migrate", "--verbosity=0")
    installation.shell(PLANT)
    installation.start_worker()
    try:
        yield installation
    finally:
        installation.kill_worker()


@pytest.fixture(scope="module")
def uninterrupted(installation: Installation) -> dict[str, Any]:
    return ended(installation, installation.shell(ASK))


def ended(installation: Installation, public_id: str) -> dict[str, Any]:
    wait_until(lambda: installation.job(public_id)["state"] not in ("waiting", "running"), SECONDS)
    job = installation.job(public_id)
    assert job["state"] == "done", (job, (installation.folder / "worker.log").read_text()[-3000:])
    return job


def test_the_loss_is_that_of_a_job_that_was_never_interrupted(
    installation: Installation, uninterrupted: dict[str, Any], full_faults: bool
) -> None:
    chance = random.Random()
    for number in range(10 if full_faults else 1):
        public_id = installation.shell(ASK)
        moment = chance.randint(1, max(1, uninterrupted["total"] - 60))
        wait_until(lambda job=public_id, step=moment: installation.job(job)["done"] >= step, SECONDS)
        at_work = installation.job(public_id)

        installation.kill_worker()
        # The program ends with its worker; nobody has to wait for its next line.
        wait_until(lambda: not installation.programs(), 20)
        installation.start_worker()
        installation.shell(LOOK_AFTER)

        job = ended(installation, public_id)
        assert at_work["state"] == "running" and job["attempts"] == 2
        assert job["made"] == uninterrupted["made"]
        assert job["result"]["perplexity_after"] == pytest.approx(
            uninterrupted["result"]["perplexity_after"], rel=1e-4
        )
        # Of each step; the page's curve has the mean of those within a second.
        assert job["result"]["losses"][-1] == pytest.approx(uninterrupted["result"]["losses"][-1], rel=1e-4)
        print(
            f"run {number}: killed at step {at_work['done']} of {job['total']}: "
            f"loss {job['result']['losses'][-1][1]}"
        )
