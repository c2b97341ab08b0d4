"""An encoder serves the search when its figures are no worse than the active one's, or against a reason."""

from typing import Any

import pytest

from chatbot.workshop.models import RolloutSettings
from inference.activating import activate
from inference.gates import NotBetter, verdict_on
from inference.models import LanguageModel, LanguageModelVersion, ModelKind
from tests.chatbot.workshop.gate.test_gate import HERE, measure, unmet

pytestmark = pytest.mark.django_db

FIGURES = {"recall_at_5": 0.9, "texts_per_second": 100.0, "resident_mb": 200.0}
NOTHING_ELSE = {"perplexity": None, "token_f1": None, "tokens_per_second": None, "first_token_ms": None}


def encoder(name: str) -> LanguageModelVersion:
    model = LanguageModel.objects.create(name=name, kind=ModelKind.ENCODER, parameters=1, context_length=512)
    return LanguageModelVersion.objects.register(
        model, path=f"{name}/1", sha256=name * 64, size=1, dtype="float32", source="test"
    )


@pytest.fixture
def serving() -> LanguageModelVersion:
    version = encoder("a")
    version.activate()
    return version


@pytest.fixture
def other(serving: LanguageModelVersion) -> LanguageModelVersion:
    return encoder("b")


def found(version: LanguageModelVersion, **changes: Any) -> None:
    measure(version, **{**NOTHING_ELSE, **FIGURES, **changes})


def test_without_figures_the_gate_is_closed(other: LanguageModelVersion) -> None:
    assert len(verdict_on(other).unmet) == 3
    assert "Recall@5: not proven. Evaluate b@1 and a@1 on the same data." in unmet(other)
    with pytest.raises(NotBetter):
        activate(other, by=None)


def test_figures_as_good_as_the_active_ones_open_it(
    serving: LanguageModelVersion, other: LanguageModelVersion
) -> None:
    found(serving)
    found(other)
    assert activate(other, by=None)
    assert LanguageModelVersion.objects.active(ModelKind.ENCODER) == other


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"recall_at_5": 0.87}, "Recall@5 is 0.870 and was 0.900; it may fall by 2.0 points."),
        ({"texts_per_second": 89.0}, "Texts read a second are 89.0 and were 100.0; they may fall by 10.0 %."),
        ({"resident_mb": 230.0}, "Memory, in megabytes, is 230.0 and was 200.0; it may rise by 10.0 %."),
        ({"n": 5}, "It was measured on 5 examples; at least 30 are needed."),
        ({"on": "other questions"}, "Recall@5: not proven."),
        ({"conditions": {**HERE, "machine": "another"}}, "Texts read a second: not proven."),
    ],
)
def test_each_figure_closes_it_alone(
    serving: LanguageModelVersion, other: LanguageModelVersion, change: dict[str, Any], sentence: str
) -> None:
    found(serving)
    found(other, **change)
    assert sentence in unmet(other)


def test_the_installation_s_threshold_counts(
    serving: LanguageModelVersion, other: LanguageModelVersion
) -> None:
    found(serving)
    found(other, recall_at_5=0.87)
    RolloutSettings.objects.create(pk=1, recall_may_fall=5)
    assert verdict_on(other).is_free


def test_the_first_encoder_is_free() -> None:
    assert activate(encoder("a"), by=None)
