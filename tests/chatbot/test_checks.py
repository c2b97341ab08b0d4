import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.checks import run_checks

POSTGRESQL = "django.db.backends.postgresql"
SQLITE = "django.db.backends.sqlite3"

PRODUCTION = {
    "DEBUG": False,
    "HOST": "127.0.0.1",
    "PUBLIC_URL": "https://chat.example.com",
    "HTTPS": True,
    "ALLOWED_HOSTS": ["chat.example.com"],
    "TRUST_PROXY_HEADERS": True,
    "SECRET_KEY_GENERATED": False,
    "OWNER_PASSWORD": "",
    "METRICS_TOKEN": "q1w8e7r6t5y4u3i2",
    "INFERENCE_HOST": "127.0.0.1",
    "INFERENCE_API_KEY": "",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "WEB_PROCESSES": 2,
}

# Written in docs/security.md in the same words.
PRODUCTION_ENVIRONMENT = {
    "PUBLIC_URL": "https://chat.example.com",
    "ALLOWED_HOSTS": "chat.example.com",
    "TRUST_PROXY_HEADERS": "yes",
    "SECRET_KEY_FILE": "/run/secrets/parley_secret_key",
    "METRICS_TOKEN_FILE": "/run/secrets/parley_metrics_token",
    "DATABASE_URL": "postgresql://parley:password@127.0.0.1:5432/parley",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
}

DEPLOYMENT_CHECK = ("check", "--deploy", "--fail-level", "WARNING")


@pytest.fixture
def objections(settings, monkeypatch):
    """Return a function that gives the objections to production settings with some changes, by their id."""

    def run(deploy=True, engine=POSTGRESQL, **changes):
        monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", engine)
        for name, value in {**PRODUCTION, **changes}.items():
            setattr(settings, name, value)
        messages = run_checks(tags=["security"], include_deployment_checks=deploy)
        return {message.id: message for message in messages if message.id.startswith("parley.")}

    return run


def test_production_settings_raise_no_objection(objections):
    assert objections() == {}


@pytest.mark.parametrize(
    ("expected", "variable", "changes"),
    [
        ("parley.E001", "DEBUG", {"DEBUG": True}),
        ("parley.E001", "HOST", {"DEBUG": True, "HOST": "0.0.0.0", "PUBLIC_URL": "http://127.0.0.1:8000"}),
        ("parley.E002", "ALLOWED_HOSTS", {"ALLOWED_HOSTS": ["*"]}),
        ("parley.E002", "ALLOWED_HOSTS", {"ALLOWED_HOSTS": [".com"]}),
        ("parley.W003", "ALLOWED_HOSTS", {"ALLOWED_HOSTS": ["other.example.com"]}),
        ("parley.W004", "PUBLIC_URL", {"PUBLIC_URL": "http://chat.example.com", "HTTPS": False}),
        ("parley.W005", "TRUST_PROXY_HEADERS", {"TRUST_PROXY_HEADERS": False}),
        ("parley.W006", "TRUST_PROXY_HEADERS", {"PUBLIC_URL": "http://127.0.0.1:8000", "HTTPS": False}),
        ("parley.I007", "TRUSTED_PROXIES", {"HOST": "0.0.0.0"}),
        ("parley.E008", "INFERENCE_API_KEY", {"INFERENCE_HOST": "0.0.0.0"}),
        ("parley.E009", "DATABASE_URL", {"engine": SQLITE}),
        ("parley.W010", "DATABASE_URL", {"engine": SQLITE, "WEB_PROCESSES": 1}),
        ("parley.E011", "REDIS_URL", {"REDIS_URL": ""}),
        ("parley.E012", "SECRET_KEY", {"SECRET_KEY_GENERATED": True}),
        ("parley.W013", "SECRET_KEY", {"SECRET_KEY_GENERATED": True, "WEB_PROCESSES": 1}),
        ("parley.W014", "PUBLIC_URL", {"PUBLIC_URL": "http://127.0.0.1:8000", "HTTPS": False}),
        ("parley.W015", "METRICS_TOKEN", {"METRICS_TOKEN": ""}),
        ("parley.W016", "OWNER_PASSWORD", {"OWNER_PASSWORD": "password"}),
    ],
)
def test_an_unsafe_setting_is_objected_to_by_name(objections, expected, variable, changes):
    messages = objections(**changes)

    assert expected in messages
    assert variable in messages[expected].hint


def test_a_fresh_installation_on_its_own_machine_is_left_in_peace(objections):
    messages = objections(
        deploy=False,
        engine=SQLITE,
        PUBLIC_URL="http://127.0.0.1:8000",
        HTTPS=False,
        ALLOWED_HOSTS=["127.0.0.1"],
        TRUST_PROXY_HEADERS=False,
        SECRET_KEY_GENERATED=True,
        METRICS_TOKEN="",
        REDIS_URL="",
        WEB_PROCESSES=1,
    )

    assert messages == {}


def manage(tmp_path, *arguments, **changes):
    for name in ("secret_key", "metrics_token"):
        (tmp_path / name).write_text(f"{name}-J4vU0n2sXq7Lk9Zb6Tr1Yw8Ec3Hd5Gf-{name}-aPmQoRi")
    environment = {
        **PRODUCTION_ENVIRONMENT,
        "SECRET_KEY_FILE": str(tmp_path / "secret_key"),
        "METRICS_TOKEN_FILE": str(tmp_path / "metrics_token"),
        "DATA_DIR": str(tmp_path),
        "PATH": os.environ["PATH"],
        **changes,
    }
    (tmp_path / "static").mkdir(exist_ok=True)
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=django_settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_check_deploy_is_clean_in_the_documented_environment(tmp_path):
    finished = manage(tmp_path, *DEPLOYMENT_CHECK)

    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "no issues" in finished.stdout


def test_check_deploy_fails_on_http(tmp_path):
    finished = manage(tmp_path, *DEPLOYMENT_CHECK, PUBLIC_URL="http://chat.example.com")

    assert finished.returncode == 1
    assert "parley.W004" in finished.stderr


def test_the_security_guide_shows_this_environment():
    guide = (Path(django_settings.BASE_DIR) / "docs" / "security.md").read_text(encoding="utf-8")

    for name, value in PRODUCTION_ENVIRONMENT.items():
        assert f"{name}={value}\n" in guide


def test_the_web_process_does_not_start_with_an_unsafe_setting(tmp_path):
    finished = manage(tmp_path, "serve", INFERENCE_HOST="0.0.0.0")

    assert finished.returncode == 1
    assert "parley.E008" in finished.stderr
