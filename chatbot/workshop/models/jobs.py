"""The jobs of the workshop that make a version of a model out of another one."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chatbot.workshop.models.data_sets import DataSetVersion
from inference.models import LanguageModelVersion
from inference.single_jobs import TrainingJob


class WorkshopJob(TrainingJob):
    """One training, pruning, sharing or quantisation; it makes a new version and leaves its base alone."""

    class Kind(models.TextChoices):
        FINETUNE = "finetune", _("fine-tune")
        PRIVATE = "private", _("private fine-tune")
        DISTIL = "distil", _("distil")
        PRUNE = "prune", _("prune")
        SHARE = "share", _("share parameters")
        QUANTISE = "quantise", _("quantise")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    base = models.ForeignKey(
        LanguageModelVersion, models.PROTECT, related_name="jobs", verbose_name=_("starts from")
    )
    data = models.ForeignKey(
        DataSetVersion,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="jobs",
        verbose_name=_("data set"),
    )
    # What the training program is told, by the names of its command line.
    settings = models.JSONField(_("settings"), default=dict, blank=True)
    made = models.ForeignKey(
        LanguageModelVersion,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="made_by",
        verbose_name=_("made"),
    )

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["base"],
                condition=Q(state__in=("waiting", "running")),
                name="one_workshop_job_per_model",
            ),
        ]
