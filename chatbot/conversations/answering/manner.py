"""How a site answers: its mode and thresholds, what its model speaks, where links may lead."""

from typing import Any, TypedDict
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from accounts.models import Site
from chatbot.conversations.answering.question import Mode
from chatbot.conversations.models import HandoffSettings
from chatbot.knowledge.models import KnowledgeSettings
from chatbot.knowledge.ranking.parameters import tuned
from inference.catalog import load_catalog
from inference.languages import languages_in_use
from inference.models import LanguageModelVersion, ModelKind


class Manner(TypedDict):
    """The fields of a Question that a site decides."""

    mode: Mode
    low: float
    strong: float
    model_languages: frozenset[str]
    hosts: frozenset[str]
    people: bool


def manner_of(site_id: int) -> Manner:
    """Return how the site answers, with the defaults where it has chosen nothing."""
    chosen = KnowledgeSettings.objects.of(site_id)
    origins: Any = Site.objects.values_list("allowed_origins", flat=True).get(pk=site_id)
    hosts = {urlsplit(origin).hostname or "" for origin in [*origins, settings.PUBLIC_URL]}
    mode: Any = chosen.mode or default_mode()
    return Manner(
        mode=mode,
        low=tuned().low if chosen.low_threshold is None else chosen.low_threshold,
        strong=tuned().strong if chosen.strong_threshold is None else chosen.strong_threshold,
        model_languages=languages_in_use(),
        hosts=frozenset(hosts - {""}),
        people=HandoffSettings.objects.of(site_id).opens_at(timezone.now()) is not None,
    )


def default_manner() -> Manner:
    """Return how a site answers that has chosen nothing, without its own hosts and people."""
    return Manner(
        mode=default_mode(),
        low=tuned().low,
        strong=tuned().strong,
        model_languages=languages_in_use(),
        hosts=frozenset(),
        people=False,
    )


def default_mode() -> Mode:
    """Return the mode that suits the language model in use; "checked" for one that nobody knows."""
    catalog = load_catalog()
    if name := settings.INFERENCE_MODEL:
        entry = catalog.find(name.partition("@")[0])
        return entry.answers if entry else "checked"
    version = LanguageModelVersion.objects.active(ModelKind.LANGUAGE)
    while version is not None:
        if entry := catalog.find(version.language_model.name):
            return entry.answers
        # What the workshop made answers as what it was made of.
        version = version.parent
    return "checked"
