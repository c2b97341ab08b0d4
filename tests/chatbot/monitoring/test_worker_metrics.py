"""The worker tells Prometheus what its processes do, and only those who may read it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from celery import Celery

from tests.browser.installation import free_port
from tests.chatbot.monitoring.supervised import wait_until
from tests.processes import ROOT, manage

TASK = "chatbot.widget.tasks.forget_expired"
# It gets an argument that it does not take.
FAILS = "chatbot.operators.tasks.forget_old_deliveries"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("worker")
    kept = {
        k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL")
    }
    environment = {
        **kept,
        "DATA_DIR": str(folder),
        "WORKER_METRICS_PORT": str(free_port()),
        "METRICS_TOKEN": "a-long-random-text-for-prometheus-0123456789",
        "PYTHONPATH": str(ROOT),
    }
    manage(environment, "migrate", "--verbosity=0")
    return environment


@pytest.fixture(scope="module")
def worker(environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "celery", "-A", "chatbot", "worker", "--concurrency", "2"]
    process = subprocess.Popen([*command, "--loglevel", "WARNING"], cwd=ROOT, env=environment)
    try:
        wait_until(lambda: process.poll() is not None or metrics(environment) != "", 60)
        yield process
    finally:
        process.terminate()
        process.wait(30)


def address(environment: dict[str, str]) -> str:
    return f"http://127.0.0.1:{environment['WORKER_METRICS_PORT']}/metrics"


def metrics(environment: dict[str, str]) -> str:
    try:
        return httpx.get(address(environment), trust_env=False).text
    except httpx.ConnectError:
        return ""


def queue_of(environment: dict[str, str]) -> Celery:
    folder = Path(environment["DATA_DIR"]) / "queue"
    app = Celery(broker="filesystem://localhost")
    messages = str(folder / "messages")
    app.conf.broker_transport_options = {
        "data_folder_in": messages,
        "data_folder_out": messages,
        "control_folder": str(folder / "control"),
    }
    return app


def test_trainings_are_counted_by_state(environment: dict[str, str], worker: subprocess.Popen[bytes]) -> None:
    ask = "from chatbot.analytics.models import TrainingRun; TrainingRun.objects.create()"
    fail = "from chatbot.analytics.models import TrainingRun; TrainingRun.objects.update(state='failed')"

    manage(environment, "shell", "--verbosity=0", "-c", ask)
    waiting = metrics(environment)
    manage(environment, "shell", "--verbosity=0", "-c", fail)
    failed = metrics(environment)

    assert 'parley_trainings{job="trainingrun",state="waiting"} 1.0' in waiting
    assert 'parley_trainings{job="workshopjob",state="running"} 0.0' in waiting
    assert 'parley_trainings_ended_total{job="trainingrun",outcome="failed"} 1.0' in failed


def test_tasks_are_counted_by_how_they_end(
    environment: dict[str, str], worker: subprocess.Popen[bytes]
) -> None:
    queue = queue_of(environment)
    for _time in range(4):
        queue.send_task(TASK)
    queue.send_task(FAILS, ("too much",))
    done = f'parley_tasks_total{{outcome="done",task="{TASK}"}} 4.0'
    failed = f'parley_tasks_total{{outcome="failed",task="{FAILS}"}} 1.0'

    wait_until(lambda: done in (text := metrics(environment)) and failed in text, 60)

    assert f'parley_task_seconds_count{{task="{TASK}"}} 4.0' in metrics(environment)
    assert "\nparley_tasks_waiting 0.0" in metrics(environment)


def test_what_a_proxy_passes_on_needs_the_token(
    environment: dict[str, str], worker: subprocess.Popen[bytes]
) -> None:
    passed_on = {"X-Forwarded-For": "192.0.2.7"}
    token = {"Authorization": f"Bearer {environment['METRICS_TOKEN']}"}

    assert httpx.get(address(environment), headers=passed_on, trust_env=False).status_code == 403
    assert httpx.get(address(environment), headers=passed_on | token, trust_env=False).status_code == 200
    assert httpx.get(address(environment) + "/more", trust_env=False).status_code == 404


def test_a_worker_leaves_no_files_behind_and_takes_away_those_of_a_dead_one(
    environment: dict[str, str], worker: subprocess.Popen[bytes]
) -> None:
    folder = Path(environment["DATA_DIR"]) / "metrics"
    assert [path.name for path in folder.iterdir()] == [f"worker-{worker.pid}"]
    worker.terminate()
    worker.wait(30)
    assert list(folder.iterdir()) == []

    # No process has this number: it is above the largest that Linux gives.
    (folder / "worker-4194305").mkdir()
    program = (
        "from chatbot.monitoring.worker_files import prepare_folder; from pathlib import Path; import sys;"
    )
    program += "prepare_folder(Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", program, environment["DATA_DIR"]], cwd=ROOT, check=True)
    assert not (folder / "worker-4194305").exists()
