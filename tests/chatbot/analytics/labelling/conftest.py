"""Folders of a test's own, a head that is active, and files of labelled texts."""

from pathlib import Path

import pytest
from django.conf import LazySettings

from accounts.models import Site
from chatbot.analytics.models import LabelledFile, LabelledText
from inference import telling_worker
from inference.installation.heads import register_head
from inference.installation.manifest import Manifest
from inference.models import LanguageModel, LanguageModelVersion
from tests.training_program import HEAD_FACTS, write_head

ENCODER = str(HEAD_FACTS["base"])


@pytest.fixture(autouse=True)
def folders(settings: LazySettings, tmp_path: Path) -> Path:
    """What labelling and models keep on disk lies in the test's folder."""
    settings.LABELLING_DIR = tmp_path / "labelling"
    settings.MODELS_DIR = tmp_path / "models"
    return tmp_path


@pytest.fixture
def encoder(db: None, folders: Path) -> LanguageModelVersion:
    """An encoder whose folder says that it is installed."""
    folder = folders / "models" / ENCODER
    folder.mkdir(parents=True)
    facts = {"name": ENCODER, "kind": "encoder", "hub_id": "", "licence": "", "languages": ()}
    Manifest(
        **facts, parameters=1, context_length=8, sha256="0" * 64, size=1, dtype="float32", source="test"
    ).write(folder)
    model = LanguageModel.objects.create(name=ENCODER, kind="encoder", parameters=1, context_length=8)
    return LanguageModelVersion.objects.register(
        model, path=ENCODER, sha256="0" * 64, size=1, dtype="float32", source="test"
    )


@pytest.fixture
def head(encoder: LanguageModelVersion, folders: Path) -> LanguageModelVersion:
    """The head that came with the installation, which scores now."""
    return register_head(write_head(folders / "shipped", b"shipped"), source="Parley", activate=True)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the worker was told of, instead of a queue."""
    told: list[str] = []
    monkeypatch.setattr(telling_worker, "_send", lambda _task, public_id: told.append(public_id))
    return told


def labelled_file(texts: dict[str, str], name: str = "labels.csv", site: Site | None = None) -> LabelledFile:
    """Store an imported file of these texts with these labels."""
    file = LabelledFile.objects.create(name=name, state="imported", site=site)
    LabelledText.objects.bulk_create(
        LabelledText(file=file, line=line, text=text, label=label, language="en")
        for line, (text, label) in enumerate(texts.items(), 2)
    )
    return file


@pytest.fixture
def labels(db: None) -> LabelledFile:
    """Enough texts of two labels to learn from."""
    texts = {f"Good lamp number {number}": "positive" for number in range(60)}
    return labelled_file(texts | {f"Bad lamp number {number}": "negative" for number in range(60)})
