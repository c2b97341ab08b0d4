"""A version whose files are there, exports of it, and a queue that only notes what it is told."""

import sys
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from accounts.models import User
from chatbot.workshop.exports.asking import ask
from chatbot.workshop.exports.running import carry_out
from chatbot.workshop.models import Export
from inference import telling_worker
from inference.models import LanguageModel, LanguageModelVersion
from tests.inference.installation.tiny_model import write_tiny_model
from tests.processes import ROOT

PROGRAM = str(ROOT / "tests" / "export_program.py")


@pytest.fixture(autouse=True)
def folders(settings: LazySettings, tmp_path: Path) -> Path:
    """What exports and models keep on disk lies in the test's folder."""
    settings.DATA_DIR = tmp_path
    settings.MODELS_DIR = tmp_path / "models"
    return tmp_path


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the worker was told of, instead of a queue."""
    told: list[str] = []
    monkeypatch.setattr(telling_worker, "_send", lambda _task, public_id: told.append(public_id))
    return told


@pytest.fixture
def version(db: None, folders: Path) -> LanguageModelVersion:
    write_tiny_model(folders / "models" / "tiny" / "first")
    model = LanguageModel.objects.create(name="tiny", parameters=40, context_length=128)
    return LanguageModelVersion.objects.register(
        model, path="tiny/first", sha256="1" * 64, size=1, dtype="float16", source="folder"
    )


@pytest.fixture
def browser(administrator: User) -> Client:
    browser = Client()
    browser.force_login(administrator)
    return browser


@pytest.fixture
def export(version: LanguageModelVersion, administrator: User) -> Export:
    return ask(version, "gguf", by=administrator)


def worked(export: Export, mode: str = "good") -> Export:
    """Let a worker do the export with a program of this mode, and return it as it is stored then."""
    carry_out(Export.objects.claim(export.public_id), (sys.executable, PROGRAM, mode))
    return Export.objects.select_related("version__language_model").get(pk=export.pk)
