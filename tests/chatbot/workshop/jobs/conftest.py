"""A small model that answers, a data set, and a queue that only notes what it is told."""

import json
import sys
from pathlib import Path

import pytest
from django.conf import LazySettings

from chatbot.workshop.jobs.asking import Wish, ask
from chatbot.workshop.jobs.kinds import kind_of
from chatbot.workshop.jobs.running import carry_out
from chatbot.workshop.models import PARTS, DataSet, DataSetVersion, WorkshopJob
from chatbot.workshop.models.data_sets import sha256_of
from inference import telling_worker
from inference.models import LanguageModel, LanguageModelVersion
from tests.inference.installation.tiny_model import write_tiny_model

PROGRAM = str(Path(__file__).parents[3] / "workshop_program.py")


@pytest.fixture(autouse=True)
def folders(settings: LazySettings, tmp_path: Path) -> Path:
    """What jobs, data sets and models keep on disk lies in the test's folder."""
    settings.DATA_DIR = tmp_path
    settings.WORKSHOP_DIR = tmp_path / "workshop"
    settings.MODELS_DIR = tmp_path / "models"
    return tmp_path


def version(name: str, folder: str, kind: str = "language") -> LanguageModelVersion:
    from django.conf import settings

    write_tiny_model(settings.MODELS_DIR / folder, seed=len(folder))
    model, _made = LanguageModel.objects.get_or_create(
        name=name, defaults={"kind": kind, "licence": "MIT", "parameters": 40, "context_length": 128}
    )
    return LanguageModelVersion.objects.register(
        model, path=folder, sha256=folder[:1] * 64, size=1, dtype="float16", source="folder"
    )


@pytest.fixture
def base(db: None, folders: Path) -> LanguageModelVersion:
    """The version that answers visitors now."""
    found = version("tiny", "tiny/first")
    found.activate()
    return found


@pytest.fixture
def other_base(db: None, folders: Path) -> LanguageModelVersion:
    return version("other", "other/first")


@pytest.fixture
def data(db: None, folders: Path) -> DataSetVersion:
    """Two dialogues to learn from, one to choose by, one to measure by."""
    data_set = DataSet.objects.create(name="service")
    counts = {"train": 2, "validation": 1, "test": 1}
    found = DataSetVersion.objects.create(data_set=data_set, number=1, counts=counts)
    found.folder.mkdir(parents=True)
    turns = [{"role": "user", "content": "Is it open?"}, {"role": "assistant", "content": "Until nine."}]
    line = json.dumps({"id": "1", "messages": turns, "language": "en"}) + "\n"
    for part in PARTS:
        (found.folder / f"{part}.jsonl").write_text(line * counts[part])
    found.sha256 = sha256_of(found.folder)
    found.save()
    return found


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the worker was told of, instead of a queue."""
    told: list[str] = []
    monkeypatch.setattr(telling_worker, "_send", lambda _task, public_id: told.append(public_id))
    return told


def wish(base: LanguageModelVersion, data: DataSetVersion, kind: str = "finetune", **more: object) -> Wish:
    found = kind_of(kind)
    assert found is not None
    return Wish(found, base, data, **more)  # type: ignore[arg-type]


@pytest.fixture
def job(base: LanguageModelVersion, data: DataSetVersion, told: list[str]) -> WorkshopJob:
    return ask(wish(base, data), by=None)


def worked(mode: str) -> WorkshopJob:
    """Let a worker do the next job with a program of this mode, and return it as it is stored then."""
    claimed = WorkshopJob.objects.claim_next()
    assert claimed is not None
    carry_out(claimed, (sys.executable, PROGRAM, mode))
    return WorkshopJob.objects.get(pk=claimed.pk)
