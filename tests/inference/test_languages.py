"""Which languages are known of the model that answers."""

import pytest

from inference.languages import languages_in_use
from inference.models import LanguageModel, LanguageModelVersion

pytestmark = pytest.mark.django_db


@pytest.fixture
def active() -> LanguageModelVersion:
    model = LanguageModel.objects.create(name="tiny", languages=["fr"], parameters=1, context_length=1)
    version = LanguageModelVersion.objects.register(
        model, path="tiny", sha256="0" * 64, size=1, dtype="float32", source="test"
    )
    version.activate()
    return version


def test_without_a_model_none_are_known():
    assert languages_in_use() == frozenset()


def test_the_active_version_says_which(active):
    assert languages_in_use() == {"fr"}


@pytest.mark.parametrize(
    ("name", "languages"),
    [("tiny@1", {"fr"}), ("Llama-3.2-1B-Instruct", {"en", "de", "fr", "it", "pt", "hi", "es", "th"})],
)
def test_a_model_that_is_named_says_which(active, settings, name, languages):
    settings.INFERENCE_MODEL = name

    assert languages_in_use() == languages


def test_of_a_model_that_nobody_knows_none_are_known(active, settings):
    settings.INFERENCE_MODEL = "a-model-of-somebody"

    assert languages_in_use() == frozenset()
