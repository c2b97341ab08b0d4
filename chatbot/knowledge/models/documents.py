"""What a source holds: files, pages, texts, curated answers."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Site, new_public_id
from chatbot.knowledge.models.sources import Source


class Document(models.Model):
    """One file, page, text or curated answer; its passages are what is searched.

    `error` is a code and `detail` a sentence for people. A document that could not be read again keeps the
    passages that it had.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Failed")

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    # Copied from the source, so that every query of a site's documents names the site itself.
    site = models.ForeignKey(Site, models.CASCADE, related_name="documents", editable=False)
    source = models.ForeignKey(Source, models.CASCADE, related_name="documents", verbose_name=_("source"))
    title = models.CharField(_("title"), max_length=300, blank=True)
    # Where visitors can read it; empty for what has no public address.
    url = models.CharField(_("address"), max_length=500, blank=True)
    # ISO 639-1; empty where it is not known.
    language = models.CharField(_("language"), max_length=10, blank=True)
    # Of uploads; it tells the type, and whether the next upload is this file again.
    file_name = models.CharField(_("file"), max_length=200, blank=True, editable=False)
    media_type = models.CharField(_("type"), max_length=100, blank=True)
    # What people asked that this answers word for word, one to a line; for curated answers only.
    questions = models.TextField(_("questions"), blank=True)
    text = models.TextField(_("text"), blank=True)
    # Counts what people change, so that a worker that read earlier words does not take them for the new ones.
    edition = models.PositiveIntegerField(default=1, editable=False)
    sha256 = models.CharField(max_length=64, blank=True, editable=False)
    size = models.PositiveBigIntegerField(_("bytes"), default=0, editable=False)
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.WAITING)
    error = models.CharField(_("error"), max_length=40, blank=True)
    detail = models.CharField(_("what went wrong"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    indexed_at = models.DateTimeField(_("indexed"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["source", "title"]
        indexes = [models.Index(fields=["site", "status"])]

    def __str__(self) -> str:
        return self.title or self.url or self.public_id[:8]
