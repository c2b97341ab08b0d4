"""The default encoder has a second one beside it, which is never the main one by itself."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from chatbot.monitoring import preparation
from inference.catalog import load_catalog
from inference.models import LanguageModel, LanguageModelVersion, ModelKind
from inference.server.serve import ServerConfig

pytestmark = pytest.mark.django_db

MAIN, SECOND = "multilingual-e5-small", "all-MiniLM-L6-v2"


@pytest.fixture
def add(settings: LazySettings, tmp_path: Path) -> Callable[..., LanguageModelVersion]:
    """Registers a version with an empty folder."""
    settings.MODELS_DIR = tmp_path

    def add(name: str, kind: ModelKind = ModelKind.ENCODER, active: bool = False) -> LanguageModelVersion:
        model = LanguageModel.objects.create(name=name, kind=kind, parameters=1, context_length=8)
        (tmp_path / name).mkdir()
        version = LanguageModelVersion.objects.register(
            model, path=name, sha256="0" * 64, size=1, dtype="float16", source="folder"
        )
        if active:
            version.activate()
        return version

    return add


def names() -> list[str]:
    return [version.language_model.name for version in LanguageModelVersion.objects.encoders()]


def test_the_catalog_names_an_encoder_that_it_has() -> None:
    companion = load_catalog().companion(MAIN)
    assert companion is not None and (companion.name, companion.kind) == (SECOND, "encoder")
    assert companion.wheel is not None and not companion.default
    assert load_catalog().companion(SECOND) is None


def test_the_active_encoder_comes_first_and_brings_its_companion(
    add: Callable[..., LanguageModelVersion],
) -> None:
    assert names() == []
    add(SECOND)
    assert names() == []
    add(MAIN, active=True)
    assert names() == [MAIN, SECOND]


def test_another_encoder_is_served_alone(add: Callable[..., LanguageModelVersion]) -> None:
    add(SECOND, active=True)
    add(MAIN)
    assert names() == [SECOND]


def test_the_server_gets_both_and_goes_on_without_a_missing_one(
    add: Callable[..., LanguageModelVersion],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    served: list[ServerConfig] = []
    monkeypatch.setattr("inference.server.serve.serve", served.append)
    monkeypatch.setattr("django.db.connection.close", lambda: None)
    add("writer", ModelKind.LANGUAGE, active=True)
    add("judge", ModelKind.RERANKER, active=True)
    add(MAIN, active=True)
    add(SECOND)
    call_command("runinference")
    (tmp_path / SECOND).rmdir()
    (tmp_path / "judge").rmdir()
    call_command("runinference")
    (tmp_path / MAIN).rmdir()
    call_command("runinference")

    assert [[encoder.name for encoder in config.encoders] for config in served] == [
        [f"{MAIN}@1", f"{SECOND}@1"],
        [f"{MAIN}@1"],
        [],
    ]
    assert [config.reranker.name if config.reranker else "" for config in served] == ["judge@1", "", ""]
    assert f"run manage.py installmodel {SECOND}" in capsys.readouterr().err


def test_the_start_reports_a_second_encoder_that_cannot_be_installed(
    add: Callable[..., LanguageModelVersion], monkeypatch: pytest.MonkeyPatch
) -> None:
    add("SmolLM2-135M-Instruct", ModelKind.LANGUAGE, active=True)
    add(MAIN, active=True)
    calls: list[tuple[str, ...]] = []

    def refuse(*arguments: str) -> None:
        calls.append(arguments)
        raise CommandError("No network.")

    monkeypatch.setattr(preparation, "call_command", refuse)
    monkeypatch.setattr(preparation, "_install_shipped_head", lambda report: None)
    reports: list[str] = []
    preparation.install_models_if_missing(reports.append)

    assert calls == [("installmodel", SECOND, "--no-activate")]
    assert reports[0] == f"Installing {SECOND}" and "No network." in reports[1]
    add(SECOND)
    preparation.install_models_if_missing(reports.append)
    assert len(calls) == 1
