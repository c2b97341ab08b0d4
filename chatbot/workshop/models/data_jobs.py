"""Work on data sets that takes longer than a request."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chatbot.workshop.models.data_sets import DataSet, DataSetVersion
from chatbot.workshop.models.examples import DataSource
from inference.single_jobs import SingleJob


class DataJob(SingleJob):
    """One import, collection, cleaning, augmentation or version; a data set has one at a time."""

    class Kind(models.TextChoices):
        IMPORT = "import", _("import")
        COLLECT = "collect", _("collection from conversations")
        CLEAN = "clean", _("cleaning")
        AUGMENT = "augment", _("augmentation")
        VERSION = "version", _("making a version")

    data_set = models.ForeignKey(DataSet, models.CASCADE, related_name="jobs", verbose_name=_("data set"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    settings = models.JSONField(_("settings"), default=dict, blank=True)
    source = models.ForeignKey(
        DataSource, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("source")
    )
    version = models.ForeignKey(
        DataSetVersion, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("version")
    )
    # [line, sentence code, words of it]: what is wrong with a file.
    problems = models.JSONField(default=list, editable=False)

    class Meta:
        verbose_name = _("work on a data set")
        verbose_name_plural = _("work on data sets")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["data_set"],
                condition=Q(state__in=("waiting", "running")),
                name="one_job_per_data_set",
            ),
        ]
