"""What encoders made of passages, and which documents changed."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Site
from chatbot.knowledge.models.passages import Passage


class PassageVector(models.Model):
    """The vector of a passage from one encoder: of length one, in little-endian float16."""

    # Copied from the passage: the search names the site in its own query.
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", editable=False)
    passage = models.ForeignKey(Passage, models.CASCADE, related_name="vectors")
    # The encoder's version, as in multilingual-e5-small@1: vectors of two versions cannot be compared.
    encoder = models.CharField(max_length=120)
    values = models.BinaryField()

    class Meta:
        verbose_name = _("vector")
        verbose_name_plural = _("vectors")
        constraints = [models.UniqueConstraint(fields=["passage", "encoder"], name="passage_vector_once")]

    def __str__(self) -> str:
        return f"{self.passage_id} {self.encoder}"


class KnowledgeRevision(models.Model):
    """How often a site's passages have changed; whoever holds an index of them compares this number.

    To raise it locks the row, so that a site's changes are committed in the order of their numbers.
    """

    site = models.OneToOneField(Site, models.CASCADE, primary_key=True, related_name="+")
    number = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = _("state of knowledge")
        verbose_name_plural = _("states of knowledge")

    def __str__(self) -> str:
        return f"{self.site_id}: {self.number}"


class KnowledgeChange(models.Model):
    """One document whose passages came, went or were replaced with a revision; the newest are kept."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="+")
    number = models.PositiveBigIntegerField()
    # Not a foreign key: documents that are gone are the reason to keep it.
    document_id = models.BigIntegerField()

    class Meta:
        verbose_name = _("change of knowledge")
        verbose_name_plural = _("changes of knowledge")
        indexes = [models.Index(fields=["site", "number"])]

    def __str__(self) -> str:
        return f"{self.site_id}: {self.number}"
