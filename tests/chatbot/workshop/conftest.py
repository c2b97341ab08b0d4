"""Versions of a tiny model: one active, and one that the workshop made."""

import pytest

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
