"""What is searched."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Site, new_public_id
from chatbot.knowledge.models.documents import Document


class Passage(models.Model):
    """A part of a document, or one question of a curated answer; never changed, only replaced.

    Where `question` is set, `text` is the curated answer to it, to be given word for word.
    """

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    # Copied from the document: the search names the site in its own query.
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", editable=False)
    document = models.ForeignKey(Document, models.CASCADE, related_name="passages")
    position = models.PositiveIntegerField(_("position"))
    # The headings above it, outermost first, joined by " › ".
    heading = models.CharField(_("heading"), max_length=500, blank=True)
    question = models.CharField(_("question"), max_length=1000, blank=True)
    text = models.TextField(_("text"))

    class Meta:
        verbose_name = _("passage")
        verbose_name_plural = _("passages")
        ordering = ["document", "position"]
        constraints = [models.UniqueConstraint(fields=["document", "position"], name="passage_position_once")]
        indexes = [models.Index(fields=["site", "id"])]

    def __str__(self) -> str:
        return self.public_id[:8]
