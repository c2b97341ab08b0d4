"""A training program is read line by line, and ends with all that it started, however it ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from inference.training_process import TrainingFailed, TrainingStopped, run, threads_beside_chat

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "tests" / "training_program.py"


def go(mode, tmp_path, should_stop=lambda: False, *told):
    lines = []
    command = [sys.executable, str(PROGRAM), mode, *told]
    result = run(
        command, folder=tmp_path, home=ROOT, threads=1, on_line=lines.append, should_stop=should_stop
    )
    return result, lines


def failure(mode, tmp_path):
    with pytest.raises(TrainingFailed) as caught:
        go(mode, tmp_path)
    return caught.value


def test_every_line_is_passed_on_and_the_result_returned(tmp_path):
    result, lines = go("better", tmp_path, lambda: False, "--out", str(tmp_path / "head"))

    assert [line.get("step") for line in lines] == [1, 2, 3, 4, None]
    assert result["after"]["ece"] == 0.03
    assert (tmp_path / "head" / "head.json").exists()


def test_it_is_nice_has_its_threads_and_none_of_our_secrets(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "hush")
    monkeypatch.setenv("DATABASE_URL", "postgresql://name:password@host/database")

    result, _lines = go("environment", tmp_path)

    assert not {"SECRET_KEY", "DATABASE_URL"} & set(result["names"])
    assert (result["threads"], result["nice"]) == ("1", 10)
    # Where sessions share time among each other, the niceness of a process says nothing beyond its own.
    assert result["session"] in ("", "nice 10")


def test_stopping_ends_what_it_started_too(tmp_path):
    children = []

    def take(line):
        children.extend([line["child"]] if "child" in line else [])

    command = [sys.executable, str(PROGRAM), "slow"]
    with pytest.raises(TrainingStopped):
        run(
            command,
            folder=tmp_path,
            home=ROOT,
            threads=1,
            on_line=take,
            should_stop=lambda: bool(children),
        )

    wait_until(lambda: not is_alive(children[0]))


def test_one_that_does_not_listen_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr("inference.training_process._STOP_SECONDS", 0.2)
    began = time.monotonic()

    with pytest.raises(TrainingStopped):
        go("stubborn", tmp_path, lambda: True)

    assert time.monotonic() - began < 60


def test_what_on_line_raises_ends_it(tmp_path):
    started = []

    def take(line):
        started.append(line)
        raise KeyError("no database")

    with pytest.raises(KeyError):
        run(
            [sys.executable, str(PROGRAM), "slow"],
            folder=tmp_path,
            home=ROOT,
            threads=1,
            on_line=take,
            should_stop=lambda: False,
        )

    wait_until(lambda: not is_alive(int(started[0]["text"])))


@pytest.mark.parametrize(
    ("mode", "code", "detail"),
    [
        ("crash", "failed", "ValueError: the labels make no sense"),
        ("refused", "failed", "There is one label only."),
        ("full", "no_room", ""),
        ("killed", "killed", ""),
        ("memory", "no_memory", ""),
        ("bad_data", "bad_data", "There is one example only."),
        ("flood", "garbled", ""),
        ("garbage", "no_result", ""),
        ("nothing", "no_result", ""),
    ],
)
def test_each_way_to_fail_has_its_reason(mode, code, detail, tmp_path):
    found = failure(mode, tmp_path)

    assert (found.code, found.detail) == (code, detail)


def test_garbage_is_passed_on_as_text(tmp_path):
    lines = []
    with pytest.raises(TrainingFailed):
        run(
            [sys.executable, str(PROGRAM), "garbage"],
            folder=tmp_path,
            home=ROOT,
            threads=1,
            on_line=lines.append,
            should_stop=lambda: False,
        )

    assert [line["text"] for line in lines if "text" in line][:4] == [
        "Loading…",
        "[1, 2]",
        "null",
        "{not json",
    ]
    assert all(len(line.get("text", "")) <= 300 for line in lines)


def test_a_program_that_is_not_there_is_said_to_be_missing(tmp_path):
    with pytest.raises(TrainingFailed) as caught:
        run(
            ["/nowhere/python"],
            folder=tmp_path,
            home=ROOT,
            threads=1,
            on_line=print,
            should_stop=lambda: False,
        )

    assert caught.value.code == "not_started"


def test_when_the_worker_is_killed_the_program_ends_with_its_next_line(tmp_path):
    pid_file = tmp_path / "pid"
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, sys.executable, str(PROGRAM), str(tmp_path), str(pid_file)],
        cwd=ROOT,
        start_new_session=True,
    )
    wait_until(pid_file.exists)
    program = int(pid_file.read_text())
    assert is_alive(program)

    worker.send_signal(signal.SIGKILL)
    worker.wait()

    wait_until(lambda: not is_alive(program))


WORKER = """
import os, sys
from pathlib import Path
import psutil
from inference.training_process import run

python, program, folder, pid_file = sys.argv[1:]


def take(line):
    child = psutil.Process().children()[0].pid
    Path(pid_file + ".new").write_text(str(child))
    os.replace(pid_file + ".new", pid_file)


run([python, program, "endless"], folder=Path(folder), home=Path.cwd(), threads=1,
    on_line=take, should_stop=lambda: False)
"""


def test_half_of_the_cores_are_taken_unless_it_is_said_how_many():
    assert threads_beside_chat(3) == 3
    assert threads_beside_chat(0) == max(1, len(os.sched_getaffinity(0)) // 2)


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until(condition, within=20.0):
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"not within {within} s"
        time.sleep(0.02)
