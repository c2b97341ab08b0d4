"""A wrong setting stops the start with the name of its variable."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from chatbot.databases import database_from_url
from chatbot.environment import Environment


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "perhaps"),
        ("PORT", "http"),
        ("PORT", "70000"),
        ("PUBLIC_URL", "chat.example.com"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("OIDC_CLIENT_ID", "parley"),
        ("EMAIL_URL", "mail.example.com"),
        ("SIGN_IN_FAILURES", "0"),
        ("DATABASE_URL", "mysql://host/name"),
        ("REDIS_URL", "http://host"),
        ("INFERENCE_URLS", "vllm:8000"),
        ("INFERENCE_PRECISION", "int3"),
        ("REPLY_TEMPERATURE", "hot"),
        ("WEBHOOK_ALLOWED_NETWORKS", "10.0.0.1/8"),
        ("KNOWLEDGE_ALLOWED_NETWORKS", "10.1.0.0/16,intranet"),
        ("LOG_LEVEL", "LOUD"),
        ("SECRET_KEY_FILE", "/nonexistent/key"),
    ],
)
def test_a_wrong_value_stops_the_start_and_names_the_variable(name: str, value: str, tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), name: value}
    result = subprocess.run(
        [sys.executable, "manage.py", "check"], env=environment, capture_output=True, text=True, timeout=60
    )

    assert result.returncode != 0
    assert name in result.stderr.strip().splitlines()[-1]


def test_a_secret_comes_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("swordfish\n")

    assert Environment({"OWNER_PASSWORD_FILE": str(file)}).secret("OWNER_PASSWORD") == "swordfish"


def test_a_secret_that_is_set_twice_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="OWNER_PASSWORD"):
        Environment({"OWNER_PASSWORD": "a", "OWNER_PASSWORD_FILE": "/b"}).secret("OWNER_PASSWORD")


def test_a_wrong_database_url_does_not_show_its_password(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured) as raised:
        database_from_url("mysql://me:hunter2@host/name", tmp_path, 5)

    assert "hunter2" not in str(raised.value)


def test_postgresql_is_pooled_and_sqlite_waits_for_its_turn(tmp_path: Path) -> None:
    postgresql = database_from_url("postgresql://me:p%40ss@db.example:6543/chat", tmp_path, 7)
    sqlite = database_from_url("", tmp_path, 7)

    assert (postgresql["PASSWORD"], postgresql["PORT"], postgresql["NAME"]) == ("p@ss", "6543", "chat")
    assert postgresql["OPTIONS"]["pool"]["max_size"] == 7 and postgresql["CONN_MAX_AGE"] == 0
    assert sqlite["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
