"""Evaluations: what a version of a model was measured to be, on which data and under which conditions."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypedDict, cast

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chatbot.workshop.models.data_sets import DataSetVersion
from chatbot.workshop.models.lined_up import LinedUpJob, LinedUpQuerySet
from inference.models import LanguageModelVersion, ModelKind


class Figure(TypedDict):
    """One measured number: its 95 % interval, of how many examples, and what names the data behind it.

    `low` and `high` are None where no interval is known; `on` is a digest, empty where no data is behind it.
    """

    value: float
    low: float | None
    high: float | None
    n: int
    on: str


_COMPARED_CONDITIONS = ("machine", "cores", "threads", "asked_precision")


class Measure(models.TextChoices):
    """What can be asked for; each gives several figures."""

    PERPLEXITY = "perplexity", _("perplexity of the answers in the data set")
    LIKENESS = (
        "likeness",
        _("likeness of its answers to those in the data set: BLEU, chrF, ROUGE"),
    )
    ANSWERS = "answers", _("answers through the whole reply path: sources, token-F1, refusals")
    REFUSALS = "refusals", _("refusal of unsafe prompts, and of safe ones that look unsafe")
    SPEED = "speed", _("tokens a second, first token, memory, time to load")
    LABELS = "labels", _("labels: accuracy, precision, recall, F1, confusion matrix")
    RETRIEVAL = (
        "retrieval",
        _("passages found: recall among the first 1 and 5, reciprocal rank, texts a second"),
    )

    @classmethod
    def for_kind(cls, kind: str) -> tuple[Measure, ...]:
        """Return what can be measured of a version of this kind."""
        if kind == ModelKind.LANGUAGE:
            return (cls.PERPLEXITY, cls.LIKENESS, cls.ANSWERS, cls.REFUSALS, cls.SPEED)
        of_kind = {ModelKind.SENTIMENT: (cls.LABELS,), ModelKind.ENCODER: (cls.RETRIEVAL,)}
        return of_kind.get(ModelKind(kind), ())


class EvaluationQuerySet(LinedUpQuerySet):
    def finished(self) -> EvaluationQuerySet:
        """Return the evaluations that have figures."""
        return self.filter(state=Evaluation.State.DONE).select_related("version__language_model", "data")

    def newest_for(self, version: LanguageModelVersion) -> Evaluation | None:
        """Return the last finished evaluation of `version`, None where there is none."""
        return self.finished().filter(version=version).order_by("-finished_at").first()


class Evaluation(LinedUpJob):
    """Measures one version; `done` and `total` are examples. Its figures are never changed afterwards."""

    version = models.ForeignKey(
        LanguageModelVersion, models.CASCADE, related_name="evaluations", verbose_name=_("version")
    )
    data = models.ForeignKey(
        DataSetVersion,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="evaluations",
        verbose_name=_("data set"),
    )
    # Values of Measure.
    measures = models.JSONField(_("measures"), default=list)
    most_examples = models.PositiveIntegerField(
        _("examples at most"),
        default=100,
        help_text=_("For each measure. More give narrower intervals and take longer."),
    )
    # By name: see Figure. "confusion" alone is {"labels": [...], "rows": [[...]]}, rows true, columns given.
    figures = models.JSONField(_("figures"), default=dict, editable=False)
    # {"machine", "cores", "threads", "asked_precision", "precision", "kernels"}
    conditions = models.JSONField(_("conditions"), default=dict, editable=False)

    objects = EvaluationQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        verbose_name = _("evaluation")
        verbose_name_plural = _("evaluations")
        ordering = ["-id"]
        constraints = [
            # Others wait for it: two at once would spoil each other's speed.
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="running"), name="one_evaluation_at_a_time"
            ),
        ]

    @property
    def folder(self) -> Path:
        """Where the files lie that it was given and that it wrote."""
        return Path(settings.DATA_DIR) / "evaluations" / self.public_id

    @property
    def per_example(self) -> Path:
        """JSON lines, {"measure", "id", ...}: what each example gave, for comparisons in pairs."""
        return self.folder / "examples.jsonl"

    def was_run_like(self, other: Evaluation) -> bool:
        """Return whether speeds of both may be compared: one machine, as many threads, one setting.

        The number format in which a version is served is its own, and part of how fast it is.
        """
        return all(self.conditions.get(name) == other.conditions.get(name) for name in _COMPARED_CONDITIONS)

    def figure(self, name: str) -> Figure | None:
        """Return the figure called `name`, None where it was not measured."""
        found: Any = self.figures.get(name)
        return cast(Figure, found) if isinstance(found, dict) and "value" in found else None
