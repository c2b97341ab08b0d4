"""The way to the sentiment head, as the settings describe it."""

from collections.abc import Sequence
from typing import Protocol

from django.conf import settings

from inference.classifying import Classifiers, Explanation, Verdict
from inference.models import LanguageModelVersion, ModelKind

# A server that has answers to write lets a message wait for more than a second, and may refuse it before.
_ARRIVAL_SECONDS, _ARRIVAL_PATIENCE_SECONDS = 5.0, 1.0
_PATIENT_SECONDS = 30.0
# Gradients for every word take many times as long as a score, and several seconds for a long message.
_EXPLAINING_SECONDS = 30.0


class Classifier(Protocol):
    """What scores texts; `inference.classifying.Classifiers` does."""

    async def classify(self, texts: Sequence[str], model: str | None = None) -> list[Verdict]:
        """Return a verdict for each text, in order; raises ClassifierUnavailable."""

    async def explain(self, text: str, model: str | None = None) -> Explanation:
        """Return which words pulled which way; raises ClassifierUnavailable."""

    async def aclose(self) -> None:
        """Close all connections."""


def new_classifiers() -> Classifiers:
    """Return one for messages that have just come; whoever asks for it closes it."""
    return _new(_ARRIVAL_SECONDS, _ARRIVAL_PATIENCE_SECONDS)


def patient_classifiers() -> Classifiers:
    """Return one that waits for a server that is busy; whoever asks for it closes it."""
    return _new(_PATIENT_SECONDS)


def explaining_classifiers() -> Classifiers:
    """Return one with the patience that an explanation takes; whoever asks for it closes it."""
    return _new(_EXPLAINING_SECONDS)


def head_in_use() -> str | None:
    """Return the active sentiment head as `name@number`; None where none is registered here."""
    version = LanguageModelVersion.objects.active(ModelKind.SENTIMENT)
    return version.display_name if version is not None else None


def _new(timeout_seconds: float, patience_seconds: float = 0.0) -> Classifiers:
    return Classifiers(
        settings.INFERENCE_URLS,
        api_key=settings.INFERENCE_API_KEY,
        timeout_seconds=timeout_seconds,
        patience_seconds=patience_seconds,
    )
