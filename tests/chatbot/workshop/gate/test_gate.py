"""A version answers visitors when its figures are no worse than the active one's, or against a reason."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry, User
from chatbot.workshop.models import Evaluation, RolloutSettings
from inference.activating import activate, start_canary
from inference.gates import NotBetter, verdict_on
from inference.models import LanguageModel, LanguageModelVersion, ModelKind

pytestmark = pytest.mark.django_db

GOOD = {
    "perplexity": 10.0,
    "token_f1": 0.5,
    "tokens_per_second": 100.0,
    "first_token_ms": 200.0,
    "resident_mb": 500.0,
}
HERE = {"machine": "here", "cores": 2, "threads": 2, "precision": "int8"}


def measure(version: LanguageModelVersion, on: str = "data", n: int = 100, **changes: Any) -> Evaluation:
    conditions = changes.pop("conditions", HERE)
    figures = {
        name: {"value": value, "low": None, "high": None, "n": n, "on": on}
        for name, value in {**GOOD, **changes}.items()
        if value is not None
    }
    return Evaluation.objects.create(
        version=version, state="done", figures=figures, conditions=conditions, finished_at=timezone.now()
    )


def unmet(version: LanguageModelVersion) -> str:
    return " ".join(verdict_on(version).unmet)


def test_without_figures_the_gate_is_closed(
    active: LanguageModelVersion, candidate: LanguageModelVersion
) -> None:
    verdict = verdict_on(candidate)
    assert not verdict.is_free and len(verdict.unmet) == 5
    assert all("not proven" in sentence for sentence in verdict.unmet)
    for act in (lambda: activate(candidate, by=None), lambda: start_canary(candidate, 10, by=None)):
        with pytest.raises(NotBetter):
            act()
    candidate.refresh_from_db()
    assert candidate.state == "candidate"
    measure(candidate)
    assert len(verdict_on(candidate).unmet) == 5


def test_figures_as_good_as_the_active_ones_open_it(
    active: LanguageModelVersion, candidate: LanguageModelVersion
) -> None:
    measure(active)
    measure(candidate)
    assert verdict_on(candidate).is_free
    assert activate(candidate, by=None)
    assert LanguageModelVersion.objects.active(ModelKind.LANGUAGE) == candidate
    assert not activate(candidate, by=None)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"perplexity": 10.3}, "Perplexity is 10.30 and was 10.00; it may rise by 2.0 %."),
        ({"token_f1": 0.47}, "Token-F1 of answers is 0.470 and was 0.500; it may fall by 2.0 points."),
        ({"tokens_per_second": 89.0}, "Tokens a second are 89.0 and were 100.0; they may fall by 10.0 %."),
        ({"first_token_ms": 250.0}, "it may rise by 20.0 %."),
        ({"resident_mb": 560.0}, "Memory, in megabytes, is 560.0 and was 500.0; it may rise by 10.0 %."),
        ({"n": 5}, "It was measured on 5 examples; at least 30 are needed."),
    ],
)
def test_each_figure_closes_it_alone(
    active: LanguageModelVersion, candidate: LanguageModelVersion, change: dict[str, Any], sentence: str
) -> None:
    measure(active)
    measure(candidate, **change)
    assert sentence in unmet(candidate)


def test_other_data_or_another_machine_proves_nothing(
    active: LanguageModelVersion, candidate: LanguageModelVersion
) -> None:
    measure(active)
    measure(candidate, on="other data")
    assert len(verdict_on(candidate).unmet) == 2
    Evaluation.objects.filter(version=candidate).delete()
    measure(candidate, conditions={**HERE, "machine": "another"})
    assert len(verdict_on(candidate).unmet) == 3


def test_a_pair_of_older_evaluations_on_the_same_data_counts(
    active: LanguageModelVersion, candidate: LanguageModelVersion
) -> None:
    measure(active)
    measure(candidate)
    measure(active, on="newer data")
    assert verdict_on(candidate).is_free


def test_the_installation_s_thresholds_count(
    active: LanguageModelVersion, candidate: LanguageModelVersion
) -> None:
    measure(active)
    measure(candidate, perplexity=10.3)
    RolloutSettings.objects.create(pk=1, perplexity_may_rise=5)
    assert verdict_on(candidate).is_free


def test_an_override_needs_a_reason_and_is_recorded_with_what_stood_against_it(
    active: LanguageModelVersion, candidate: LanguageModelVersion, administrator: User
) -> None:
    with pytest.raises(NotBetter):
        activate(candidate, by=administrator, override="   ")
    assert activate(candidate, by=administrator, override="We need it today.")
    entry = AuditEntry.objects.get(kind="language_model.gate_overridden")
    assert entry.actor_name == "administrator" and entry.data["reason"] == "We need it today."
    assert len(entry.data["against"]) == 5


def test_going_back_is_free(active: LanguageModelVersion, candidate: LanguageModelVersion) -> None:
    activate(candidate, by=None, override="now")
    active.refresh_from_db()
    assert active.state == "retired" and verdict_on(active).is_free
    assert activate(active, by=None)
    assert not AuditEntry.objects.filter(kind="language_model.gate_overridden", about_id=active.pk).exists()


def test_a_canary_that_was_taken_back_is_not_proven_by_that(
    active: LanguageModelVersion, candidate: LanguageModelVersion
) -> None:
    start_canary(candidate, 10, by=None, override="a try")
    candidate.stop_canary("worse")
    assert not verdict_on(candidate).is_free


def test_the_first_of_its_kind_is_free() -> None:
    model = LanguageModel.objects.create(name="first", parameters=1, context_length=1)
    version = LanguageModelVersion.objects.register(
        model, path="first/1", sha256="1" * 64, size=1, dtype="float32", source="test"
    )
    assert activate(version, by=None)


def test_perplexity_is_left_out_where_texts_are_cut_otherwise(
    active: LanguageModelVersion, candidate: LanguageModelVersion, settings: Any, tmp_path: Any
) -> None:
    settings.MODELS_DIR = tmp_path
    for version, text in ((active, "{}"), (candidate, '{"other": 1}')):
        version.folder.mkdir(parents=True)
        (version.folder / "tokenizer.json").write_text(text)
    measure(active)
    measure(candidate, perplexity=99.0)
    assert verdict_on(candidate).is_free
    assert any("Perplexity is not compared" in check.sentence for check in verdict_on(candidate).checks)


PAGE = "/admin/inference/languagemodelversion/"


def test_the_page_shows_what_stands_against_it_and_takes_a_reason(
    client: Client, administrator: User, active: LanguageModelVersion, candidate: LanguageModelVersion
) -> None:
    client.force_login(administrator)
    shown = client.get(f"{PAGE}{candidate.pk}/change/").content.decode()
    assert "Perplexity: not proven." in shown and "Activate all the same" in shown

    refused = client.post(f"{PAGE}{candidate.pk}/activate/", follow=True).content.decode()
    assert "Not activated." in refused
    client.post(f"{PAGE}{candidate.pk}/activate/", {"reason": "now"})
    assert LanguageModelVersion.objects.active(ModelKind.LANGUAGE) == candidate


def test_thresholds_are_changed_on_a_page_and_on_the_record(client: Client, administrator: User) -> None:
    client.force_login(administrator)
    page = client.get("/admin/workshop/rolloutsettings/", follow=True)
    form = page.context["adminform"].form
    client.post(
        "/admin/workshop/rolloutsettings/1/change/",
        {**form.initial, "perplexity_may_rise": 7, "is_watched": "on"},
    )
    assert RolloutSettings.load().perplexity_may_rise == 7
    entry = AuditEntry.objects.get(kind="workshop.rollout_changed")
    assert entry.data["fields"] == ["perplexity_may_rise"]


@pytest.mark.parametrize("role", ["owner", "editor", "operator", "viewer", "stranger"])
def test_people_of_sites_change_no_thresholds(client: Client, request: Any, role: str) -> None:
    client.force_login(request.getfixturevalue(role))
    assert client.get("/admin/workshop/rolloutsettings/").status_code == 403
    assert client.get("/admin/workshop/canary/").status_code == 403
