"""However a supervisor ends, none of its processes outlives it."""

import random
import signal
import time

import pytest

from chatbot.monitoring.processes import read_statuses
from tests.chatbot.monitoring.supervised import STUBBORN, members, supervise_alone, wait_until

OBEDIENT = "import time; time.sleep(600)"


@pytest.fixture
def supervisor(tmp_path):
    process = supervise_alone(tmp_path, STUBBORN, OBEDIENT)
    assert "child" in process.stdout.readline()
    wait_until(lambda: len(members(tmp_path)) == 5)
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_sigterm_leaves_no_process(supervisor, tmp_path):
    supervisor.terminate()
    supervisor.wait(timeout=30)

    assert members(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_sigkill_leaves_no_process(supervisor, tmp_path):
    supervisor.kill()
    supervisor.wait()

    wait_until(lambda: not members(tmp_path))


def test_the_status_of_a_killed_supervisor_is_not_believed(supervisor, tmp_path):
    assert len(read_statuses(tmp_path / "processes.json")) == 2
    supervisor.kill()
    supervisor.wait()

    assert read_statuses(tmp_path / "processes.json") == []


def test_sigkill_at_any_moment_of_the_start_leaves_no_process(tmp_path):
    moments = random.Random(7)
    for number in range(12):
        folder = tmp_path / str(number)
        folder.mkdir()
        process = supervise_alone(folder, OBEDIENT, OBEDIENT, OBEDIENT)
        wait_until(lambda folder=folder: len(members(folder)) >= 2)
        time.sleep(moments.uniform(0, 0.2))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()

        wait_until(lambda folder=folder: not members(folder))
