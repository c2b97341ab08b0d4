"""Which languages the model that answers is known to write."""

from django.conf import settings

from inference.catalog import load_catalog
from inference.models import LanguageModelVersion, ModelKind


def languages_in_use() -> frozenset[str]:
    """Return the ISO 639-1 codes of the languages of the model in use; none where nothing is known of it.

    That is the model named by INFERENCE_MODEL, else the active version.
    """
    name = settings.INFERENCE_MODEL
    if not name:
        return _languages(LanguageModelVersion.objects.active(ModelKind.LANGUAGE))
    entry = load_catalog().find(name)
    return frozenset(entry.languages) if entry else _languages(LanguageModelVersion.objects.named(name))


def _languages(version: LanguageModelVersion | None) -> frozenset[str]:
    return frozenset(version.language_model.languages) if version else frozenset()
