"""Versions that nobody needs are deleted with their files; the others stay."""

from pathlib import Path

import pytest
from django.conf import LazySettings

from accounts.models import AuditEntry
from inference.models import LanguageModel, LanguageModelVersion, TransitionRefused
from inference.removal import delete, obstacle
from tests.inference.installation.tiny_model import write_tiny_model

pytestmark = pytest.mark.django_db


@pytest.fixture
def versions(settings: LazySettings, tmp_path: Path) -> list[LanguageModelVersion]:
    settings.MODELS_DIR = tmp_path / "models"
    model = LanguageModel.objects.create(name="tiny", parameters=1, context_length=1)
    made: list[LanguageModelVersion] = []
    for n in (1, 2, 3):
        write_tiny_model(tmp_path / "models" / "tiny" / str(n), seed=n)
        made.append(
            LanguageModelVersion.objects.register(
                model, path=f"tiny/{n}", sha256=f"{n}" * 64, size=1, dtype="float32", source="test"
            )
        )
    made[0].activate()
    return made


def test_a_version_goes_with_its_files_and_stays_in_the_record(versions: list[LanguageModelVersion]) -> None:
    folder = versions[2].folder
    size = sum(file.stat().st_size for file in folder.iterdir())

    assert delete(versions[2], by=None) == size
    assert not folder.exists() and versions[1].folder.is_dir()
    entry = AuditEntry.objects.get(kind="language_model.deleted")
    assert entry.about_name == "tiny@3" and entry.data["sha256"] == "3" * 64


def test_what_is_needed_is_kept(versions: list[LanguageModelVersion]) -> None:
    one, two, three = versions
    LanguageModelVersion.objects.filter(pk=three.pk).update(parent=two)
    assert "answers visitors" in obstacle(one)
    assert obstacle(two).startswith("tiny@3 was made of tiny@2")
    three.start_canary(5)
    for version in versions:
        with pytest.raises(TransitionRefused):
            delete(version, by=None)
        assert version.folder.is_dir()
    assert LanguageModelVersion.objects.count() == 3


def test_files_that_another_version_shares_stay(versions: list[LanguageModelVersion]) -> None:
    LanguageModelVersion.objects.filter(pk=versions[2].pk).update(path="tiny/2")
    assert delete(versions[1], by=None) == 0
    assert versions[2].__class__.objects.get(pk=versions[2].pk).folder.is_dir()


def test_a_path_that_leads_out_of_the_models_deletes_nothing(
    versions: list[LanguageModelVersion], tmp_path: Path
) -> None:
    outside = write_tiny_model(tmp_path / "outside")
    LanguageModelVersion.objects.filter(pk=versions[2].pk).update(path="../outside")
    delete(LanguageModelVersion.objects.get(pk=versions[2].pk), by=None)
    assert outside.is_dir()


def test_the_last_version_takes_its_model_along(versions: list[LanguageModelVersion]) -> None:
    other = LanguageModel.objects.create(name="other", parameters=1, context_length=1)
    version = LanguageModelVersion.objects.register(
        other, path="other/1", sha256="9" * 64, size=1, dtype="float32", source="test"
    )
    delete(version, by=None)
    assert not LanguageModel.objects.filter(name="other").exists()
