"""A program that dies is started again, with a growing pause and a line that says why."""

import os
import signal

import psutil
import pytest

from chatbot.monitoring import child
from chatbot.monitoring.child import Program, delay_before_start
from chatbot.monitoring.processes import State
from tests.chatbot.monitoring.supervised import STUBBORN, python, supervising
from tests.eventually import eventually

SLEEP = "import time; time.sleep(600)"


async def test_a_killed_program_is_started_again_and_the_line_says_why(tmp_path):
    async with supervising(tmp_path) as running:
        running.supervisor.start(python("web", SLEEP))
        await eventually(lambda: running.is_running("web"))
        first = running.status("web").pid

        os.kill(first, signal.SIGKILL)
        await eventually(lambda: running.is_running("web") and running.status("web").pid != first)

        assert "web: killed by SIGKILL: by hand or by a memory limit; it is started again in 0.5 s" in (
            running.output
        )
        status = running.status("web")
        assert (status.state, status.restarts) == (State.RUNNING, 1)
        assert status.last_exit.startswith("killed by SIGKILL")


async def test_a_program_that_keeps_dying_waits_longer_each_time(tmp_path):
    async with supervising(tmp_path) as running:
        running.supervisor.start(python("worker", "raise SystemExit(3)"))
        await eventually(lambda: running.output.count("exit code 3") == 3)

    pauses = [line.split(" in ")[1].split(" s")[0] for line in running.output.splitlines() if "again" in line]
    assert pauses == ["0.5", "1", "2"]


def test_the_pause_grows_to_half_a_minute_and_no_further():
    assert [delay_before_start(failures) for failures in (0, 1, 2, 5, 6, 1000)] == [0.5, 1, 2, 16, 30, 30]


async def test_a_program_that_lived_long_enough_starts_over_with_a_short_pause(tmp_path, monkeypatch):
    monkeypatch.setattr(child, "HEALTHY_AFTER_SECONDS", 0.0)
    async with supervising(tmp_path) as running:
        running.supervisor.start(python("worker", "raise SystemExit(3)"))
        await eventually(lambda: running.output.count("exit code 3") == 3)

    assert running.output.count("again in 0.5 s") == 3


async def test_a_program_that_does_not_exist_is_named_with_the_reason(tmp_path):
    async with supervising(tmp_path) as running:
        running.supervisor.start(Program("worker", ["/nowhere/celery"]))
        await eventually(lambda: "cannot be started" in running.output)

    assert "worker: cannot be started (No such file or directory)" in running.output


async def test_what_programs_print_stands_under_their_names(tmp_path):
    async with supervising(tmp_path) as running:
        running.supervisor.start(python("web", "print('one'); print('x' * 200_000); print('last', end='')"))
        await eventually(lambda: "last" in running.output)

    lines = running.output.splitlines()
    assert "web      | one" in lines
    assert "web      | last" in lines
    assert sum(line.count("x") for line in lines if line.startswith("web ")) >= 200_000


async def test_a_program_that_ignores_the_request_to_stop_is_killed_with_what_it_started(tmp_path):
    async with supervising(tmp_path) as running:
        running.supervisor.start(python("worker", STUBBORN, grace_seconds=0.2))
        await eventually(lambda: running.numbers("child"))
        (grandchild,) = running.numbers("child")
        await running.supervisor.stop("worker")

    assert "worker: did not stop within 0.2 s and is killed" in running.output
    assert not psutil.pid_exists(grandchild) or psutil.Process(grandchild).status() == "zombie"


async def test_what_a_dead_program_left_behind_is_ended_before_it_is_started_again(tmp_path):
    async with supervising(tmp_path) as running:
        running.supervisor.start(python("worker", STUBBORN, grace_seconds=0.2))
        await eventually(lambda: running.numbers("child"))
        os.kill(running.status("worker").pid, signal.SIGKILL)
        await eventually(lambda: len(running.numbers("child")) == 2)

        orphan = running.numbers("child")[0]
        assert not psutil.pid_exists(orphan) or psutil.Process(orphan).status() == "zombie"


async def test_a_second_request_to_stop_does_not_wait(tmp_path):
    async with supervising(tmp_path) as running:
        running.supervisor.start(python("worker", STUBBORN, grace_seconds=600))
        await eventually(lambda: running.numbers("child"))
        running.supervisor.hurry()
        await running.supervisor.stop()

    assert "worker: did not stop" in running.output


async def test_the_status_file_goes_when_the_supervisor_does(tmp_path):
    async with supervising(tmp_path) as running:
        running.supervisor.start(python("web", SLEEP))
        await eventually(lambda: running.is_running("web"))

    assert list(running.status_path.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("returncode", "out_of_memory", "words"),
    [
        (0, False, "exit code 0"),
        (1, False, "exit code 1"),
        (-signal.SIGSEGV, False, "ended by SIGSEGV"),
        (-signal.SIGKILL, True, "killed by SIGKILL: the machine was out of memory"),
        (137, False, "killed by SIGKILL: by hand or by a memory limit"),
    ],
)
def test_an_exit_is_told_in_words(returncode, out_of_memory, words):
    assert child.describe_exit(returncode, out_of_memory) == words
