"""Training a sentiment head, and scoring messages anew with it, as work for the worker."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chatbot.analytics.models.labelled_files import LabelledFile
from inference.models import LanguageModelVersion
from inference.single_jobs import SingleJob, TrainingJob


class TrainingRun(TrainingJob):
    """One training of the sentiment head on labelled texts; steps are those of the training program."""

    files = models.ManyToManyField(
        LabelledFile, blank=True, related_name="runs", verbose_name=_("labelled files")
    )
    uses_corrections = models.BooleanField(
        _("with corrected messages"),
        default=True,
        help_text=_("Those of the sites that let their messages be used."),
    )
    # The head that was active when it began: the start of the training, and what the new one is measured by.
    parent = models.ForeignKey(
        LanguageModelVersion,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("starts from"),
    )
    # Two runs that give the same weights give the same version.
    head = models.ForeignKey(
        LanguageModelVersion,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="training_runs",
        verbose_name=_("sentiment head"),
    )
    # Of the file of texts that the program was given, and what was in it: see `labelling.collecting`.
    data_sha256 = models.CharField(_("SHA-256 of the texts"), max_length=64, blank=True)
    data = models.JSONField(default=dict, editable=False)
    activated_at = models.DateTimeField(_("activated"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("training run")
        verbose_name_plural = _("training runs")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["state"],
                condition=Q(state__in=("waiting", "running")),
                name="one_training_run_at_a_time",
            ),
        ]


class Rescoring(SingleJob):
    """Scores the messages of the last days anew with the active head; steps are messages."""

    days = models.PositiveSmallIntegerField(_("days"))
    head_name = models.CharField(_("sentiment head"), max_length=120)

    class Meta:
        verbose_name = _("scoring again")
        verbose_name_plural = _("scoring again")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["state"],
                condition=Q(state__in=("waiting", "running")),
                name="one_rescoring_at_a_time",
            ),
        ]
