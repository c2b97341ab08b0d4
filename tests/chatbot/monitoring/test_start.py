"""`manage.py start` brings up everything with real weights, keeps it up, and leaves nothing when it stops."""

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from benchmarks.installation import is_ready
from chatbot.monitoring.processes import read_statuses, status_file
from tests.chatbot.monitoring.started import Started, refusal
from tests.chatbot.monitoring.supervised import wait_until
from tests.processes import manage, running_over

PROGRAMS = {"web", "model server", "worker"}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, real_language_model: Path) -> Path:
    """A data folder with tables and the default language model, but without people."""
    folder = tmp_path_factory.mktemp("start")
    installing = Started(folder)
    manage(installing.environment, "migrate", "--verbosity=0")
    manage(installing.environment, "installmodel", str(real_language_model), "--verbosity=0")
    return folder


@pytest.fixture(scope="module")
def started(prepared: Path) -> Iterator[Started]:
    # The encoder is not what this is about, and without sources its absence is only reported.
    with Started(prepared, **without_sources()) as started:
        started.wait_for("Ctrl-C stops it.")
        wait_until(lambda: {s.name for s in read_statuses(status_file(prepared)) if s.pid} == PROGRAMS)
        yield started


def without_sources() -> dict[str, str]:
    return {
        "HF_HUB_OFFLINE": "1",
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": "",
        "PIP_CONFIG_FILE": os.devnull,
    }


def pid_of(started: Started, name: str) -> int | None:
    return next((s.pid for s in read_statuses(status_file(started.data_dir)) if s.name == name), None)


def test_the_addresses_and_the_generated_password_are_printed(started: Started):
    assert "Parley is ready after" in started.output
    for path in ("/demo/", "/widget/demo/", "/admin/"):
        assert f"http://127.0.0.1:{started.port}{path}" in started.output
    (password,) = re.findall(r"Password +(\S+)", started.output)
    check = f"from accounts.models import User; print(User.objects.get().check_password('{password}'))"
    assert manage(started.environment, "shell", "--verbosity=0", "-c", check).strip() == "True"


def test_the_printed_addresses_answer(started: Started):
    for path in ("/demo/", "/widget/demo/", "/admin/login/"):
        address = f"http://127.0.0.1:{started.port}{path}"
        assert httpx.get(address, timeout=30, trust_env=False).status_code == 200


def test_a_second_start_says_that_one_runs(started: Started):
    said = refusal(started.data_dir)

    assert said.startswith("Parley does not start. Parley already runs in DATA_DIR")
    assert str(started.process.pid) in said
    assert "\n" not in said


def test_readiness_follows_the_model_server_through_a_crash(started: Started):
    wait_until(lambda: started.readiness().status_code == 200)
    pid = pid_of(started, "model server")
    os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: started.readiness().status_code == 503)
    assert started.readiness().json()["parts"]["model"] == "No model server of INFERENCE_URLS is healthy."

    os.kill(pid, signal.SIGKILL)
    started.wait_for("model server: killed by SIGKILL")
    wait_until(lambda: started.readiness().status_code == 200, within=120)


def test_a_drained_web_process_comes_back_by_itself(started: Started):
    wait_until(lambda: started.readiness().status_code == 200, within=120)
    pid = pid_of(started, "web")

    said = manage(started.environment, "drain")

    assert said.startswith(f"Process {pid} on port {started.port} drains.")
    started.wait_for("web: exit code 0; it is started again in 0.5 s")
    wait_until(lambda: pid_of(started, "web") not in (None, pid))
    wait_until(lambda: is_ready(f"http://127.0.0.1:{started.port}"))


def test_ctrl_c_leaves_no_process_and_no_half_written_file(started: Started):
    assert running_over(started.data_dir)

    assert started.interrupt() == 0

    assert running_over(started.data_dir) == []
    assert [path.name for path in (started.data_dir / "run").iterdir()] == ["start.lock"]
    assert not list(started.data_dir.glob("*.sqlite3-journal"))


def test_the_next_start_prints_no_password_and_takes_the_one_it_is_given(started: Started, prepared: Path):
    with Started(prepared, OWNER_PASSWORD="a stately pleasure dome", **without_sources()) as again:
        again.wait_for("Ctrl-C stops it.")
        assert "Password" not in again.output
        assert "a stately pleasure dome" not in again.output
        assert "Preparing the database" not in again.output
        check = (
            "from accounts.models import User;"
            "print(User.objects.get(username='owner').check_password('a stately pleasure dome'))"
        )
        assert manage(again.environment, "shell", "--verbosity=0", "-c", check).strip() == "True"
