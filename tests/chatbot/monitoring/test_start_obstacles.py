"""What stands in the way of a start is said in one sentence that names the variable to change."""

import os
import socket
import subprocess

import pytest

from tests.chatbot.monitoring.started import Started, refusal


def test_a_port_in_use(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        said = refusal(tmp_path, PORT=port)

    assert said == (
        f"Parley does not start. Port {port} on 127.0.0.1 is in use by another program: "
        "stop that one, or set PORT to a free port."
    )


def test_the_model_servers_port_in_use(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        said = refusal(tmp_path, INFERENCE_PORT=str(other.getsockname()[1]))

    assert said.endswith("or set INFERENCE_PORT to a free port.")


def test_an_address_that_is_not_of_this_machine(tmp_path):
    said = refusal(tmp_path, HOST="192.0.2.1", METRICS_TOKEN="x" * 40)

    assert "HOST (192.0.2.1) is no address of this machine" in said


@pytest.mark.parametrize("given", [{}, {"SECRET_KEY": "k" * 60}])
def test_a_folder_that_cannot_be_written(tmp_path, given):
    (tmp_path / "file").write_text("not a folder")
    said = refusal(tmp_path / "file" / "data", **given)

    assert said.startswith("Parley does not start. DATA_DIR (")
    assert "Set DATA_DIR to a folder that can be written" in said


def test_a_full_disk(tmp_path):
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=20m", "parley-test", str(tmp_path)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("a small disk can be mounted by root only")
    try:
        said = refusal(tmp_path)
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)

    assert said.startswith(f"Parley does not start. The disk of DATA_DIR ({tmp_path}) has 20 MB left")
    assert "\n" not in said


def test_a_database_that_does_not_answer(tmp_path):
    said = refusal(tmp_path, DATABASE_URL="postgresql://parley:secret@127.0.0.1:9/parley")

    assert said.startswith("Parley does not start. The database of DATABASE_URL does not answer:")
    assert "secret" not in said


def test_a_redis_that_does_not_answer(tmp_path):
    said = refusal(
        tmp_path,
        REDIS_URL="redis://:secret@127.0.0.1:9/0",
        DATABASE_URL=os.environ.get("TEST_DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/postgres"),
    )

    assert said.startswith("Parley does not start. The Redis of REDIS_URL does not answer:")
    assert "secret" not in said


def test_a_broker_that_does_not_answer(tmp_path):
    said = refusal(tmp_path, CELERY_BROKER_URL="amqp://guest:secret@127.0.0.1:9//")

    assert said.startswith("Parley does not start. The broker of CELERY_BROKER_URL does not answer:")
    assert "secret" not in said


def test_a_wrong_setting(tmp_path):
    said = refusal(tmp_path, PORT="eighty")

    assert said == "Parley does not start. PORT must be a whole number, not “eighty”."


def test_a_missing_model_that_no_source_has(tmp_path):
    offline = {
        "HF_HUB_OFFLINE": "1",
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": "",
        "PIP_CONFIG_FILE": os.devnull,
    }
    with Started(tmp_path, **offline) as started:
        assert started.end() == 1

    assert "Traceback" not in started.output
    assert "SmolLM2-135M-Instruct is missing and cannot be installed" in started.output
    assert "manage.py installmodel FOLDER" in started.output
