"""Which documents answers named."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Site
from chatbot.conversations.models import Message
from chatbot.knowledge.models import Document


class DocumentUse(models.Model):
    """An answer that rests on a document. It goes with either, so that a count is one of what is there."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="+", editable=False)
    # Of the site's own clock.
    day = models.DateField(_("day"))
    document = models.ForeignKey(Document, models.CASCADE, related_name="uses", verbose_name=_("document"))
    message = models.ForeignKey(
        Message, models.CASCADE, related_name="document_uses", verbose_name=_("answer")
    )

    class Meta:
        verbose_name = _("use of a document")
        verbose_name_plural = _("uses of documents")
        constraints = [
            models.UniqueConstraint(fields=["message", "document"], name="document_use_once_an_answer")
        ]
        indexes = [
            models.Index(fields=["site", "day", "document"]),
            models.Index(fields=["document", "day"]),
        ]

    def __str__(self) -> str:
        return f"{self.document_id} {self.day}"


class TracesRead(models.Model):
    """Up to which reply trace the uses of documents are noted; there is one row."""

    position = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.position)
