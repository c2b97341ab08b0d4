"""Reading, splitting and encoding documents, as work for the worker."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Site
from chatbot.knowledge.models.sources import Source
from inference.jobs import Job


class IndexJob(Job):
    """Brings one source up to date; steps are documents."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="index_jobs", verbose_name=_("site"))
    source = models.ForeignKey(Source, models.CASCADE, related_name="jobs", verbose_name=_("source"))
    failed = models.PositiveIntegerField(_("failed"), default=0)

    class Meta:
        verbose_name = _("indexing")
        verbose_name_plural = _("indexing")
        ordering = ["-id"]
