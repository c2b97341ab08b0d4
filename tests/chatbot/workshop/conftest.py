"""Versions of a tiny model, one active and one from the workshop, and folders for what is made of them."""

from pathlib import Path

import pytest
from django.conf import LazySettings

from inference.models import LanguageModel, LanguageModelVersion


@pytest.fixture
def active(db: None) -> LanguageModelVersion:
    model = LanguageModel.objects.create(name="tiny", parameters=1, context_length=128)
    version = LanguageModelVersion.objects.register(
        model, path="tiny/1", sha256="1" * 64, size=1, dtype="float32", source="test"
    )
    version.activate()
    return version


@pytest.fixture
def candidate(active: LanguageModelVersion) -> LanguageModelVersion:
    return LanguageModelVersion.objects.register(
        active.language_model,
        path="tiny/2",
        sha256="2" * 64,
        size=1,
        dtype="float32",
        source="finetune of tiny@1",
        state="candidate",
        parent=active,
        recipe={"job": "finetune", "seed": 1},
    )


@pytest.fixture(scope="session")
def kernels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The engine's kernels are compiled once for all tests."""
    return tmp_path_factory.mktemp("kernels")


@pytest.fixture
def folders(settings: LazySettings, tmp_path: Path, kernels: Path) -> Path:
    """What evaluations, votes, data sets and models keep on disk lies in the test's folder."""
    settings.DATA_DIR = tmp_path
    settings.WORKSHOP_DIR = tmp_path / "workshop"
    settings.MODELS_DIR = tmp_path / "models"
    settings.INFERENCE_PRECISION = "fp32"
    (tmp_path / "kernels").symlink_to(kernels)
    return tmp_path
