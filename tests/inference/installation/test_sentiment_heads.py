import json
from pathlib import Path

import pytest
from django.conf import LazySettings

from inference.engine.sentiment_facts import LABELS, read_facts
from inference.installation import heads
from inference.installation.errors import InstallationError
from inference.installation.heads import SHIPPED_HEAD, base_of, register_head, register_shipped_head
from inference.models import LanguageModel, LanguageModelVersion, ModelKind
from tests.inference.tiny_sentiment import head

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_models_folder(settings: LazySettings, tmp_path: Path) -> None:
    settings.MODELS_DIR = tmp_path / "models"


def written(folder: Path, **changes: object) -> Path:
    head(**changes).write(folder)  # type: ignore[arg-type]
    return folder


def test_a_head_is_copied_and_recorded_once(tmp_path: Path):
    folder = written(tmp_path / "new")
    version = register_head(folder, source="labels.jsonl")
    assert version.display_name == "sentiment@1" and version.is_active
    assert read_facts(version.folder) == read_facts(folder)
    assert register_head(folder).pk == version.pk


def test_a_second_head_waits_until_it_is_activated(tmp_path: Path):
    first = register_head(written(tmp_path / "first"))
    second = register_head(written(tmp_path / "second", seed=2), activate=False)
    assert second.display_name == "sentiment@2" and not second.is_active
    register_head(tmp_path / "second", activate=True)
    assert LanguageModelVersion.objects.active(ModelKind.SENTIMENT) == second != first


def test_heads_that_differ_by_their_facts_alone_are_two(tmp_path: Path):
    written(tmp_path / "first")
    written(tmp_path / "second", temperature=3.0)
    assert register_head(tmp_path / "first").sha256 != register_head(tmp_path / "second").sha256


def test_a_head_whose_folder_is_gone_comes_back(tmp_path: Path):
    folder = written(tmp_path / "new")
    version = register_head(folder)
    (version.folder / "installation.json").unlink()
    assert register_head(folder).pk == version.pk
    assert (version.folder / "installation.json").is_file()


def test_a_folder_without_a_head_is_refused(tmp_path: Path):
    with pytest.raises(InstallationError, match="is no sentiment head"):
        register_head(tmp_path)
    written(tmp_path)
    (tmp_path / "weights.safetensors").unlink()
    with pytest.raises(InstallationError, match="is no complete sentiment head"):
        register_head(tmp_path)
    assert not LanguageModel.objects.filter(kind=ModelKind.SENTIMENT).exists()


def test_the_next_release_replaces_the_shipped_head_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    first = register_shipped_head()
    assert first.is_active and register_shipped_head() == first
    monkeypatch.setattr(heads, "SHIPPED_HEAD", written(tmp_path / "next"))
    second = register_shipped_head()
    assert second != first and second.is_active

    own = register_head(written(tmp_path / "own", seed=9), source="labels.jsonl", activate=True)
    monkeypatch.setattr(heads, "SHIPPED_HEAD", written(tmp_path / "later", seed=10))
    assert not register_shipped_head().is_active
    assert LanguageModelVersion.objects.active(ModelKind.SENTIMENT) == own


def test_the_shipped_head_names_its_data_and_is_small():
    facts = read_facts(SHIPPED_HEAD)
    assert facts.labels == LABELS and facts.languages == ("en", "zh")
    assert all(each["licence"] and each["sha256"] and each["rows"] for each in facts.data)
    assert sum(file.stat().st_size for file in SHIPPED_HEAD.iterdir()) < 2_000_000


def test_a_head_finds_the_encoder_that_it_changes(tmp_path: Path):
    version = register_head(written(tmp_path / "head"))
    assert base_of(version) is None
    encoder = LanguageModel.objects.create(
        name="tiny", kind=ModelKind.ENCODER, parameters=1, context_length=8
    )
    facts = {"sha256": "5" * 64, "size": 1, "dtype": "float16", "source": "folder"}
    gone = LanguageModelVersion.objects.register(encoder, path="tiny/gone", **facts)
    there = LanguageModelVersion.objects.register(encoder, path="tiny/there", **facts)
    there.folder.mkdir(parents=True)
    manifest = json.loads((version.folder / "installation.json").read_text(encoding="utf-8"))
    (there.folder / "installation.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert base_of(version) == there != gone
