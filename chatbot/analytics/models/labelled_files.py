"""Texts that people have labelled elsewhere and brought along."""

from typing import Any, Self

from django.db import models
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from accounts.models import Site, User, new_public_id


class SentimentLabel(models.TextChoices):
    """What a text that trains the head is called; there is no unsure among these."""

    NEGATIVE = "negative", _("Negative")
    NEUTRAL = "neutral", _("Neutral")
    POSITIVE = "positive", _("Positive")


class LabelledFileQuerySet(models.QuerySet["LabelledFile"]):
    def imported(self) -> Self:
        """Return the files whose texts are there; the others wait for somebody to say what is what."""
        return self.filter(state=LabelledFile.State.IMPORTED)


class LabelledFile(models.Model):
    """One file of labelled texts; a draft until somebody has said which column and which word means what.

    It belongs to the installation. With a site it goes when that site goes.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("To be checked")
        IMPORTED = "imported", _("Imported")

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    name = models.CharField(_("name"), max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    site = models.ForeignKey(
        Site,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="labelled_files",
        verbose_name=_("site"),
        help_text=_("Whose customers wrote the texts, if it is one site: they go when the site goes."),
    )
    sha256 = models.CharField(_("SHA-256"), max_length=64, editable=False)
    # How the file was read: {"text", "label", "language", "labels": {word: label}}.
    mapping = models.JSONField(default=dict, editable=False)
    # What was left out of it: {"duplicates", "contradictions", "words"}.
    left_out = models.JSONField(default=dict, editable=False)
    uploaded_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("uploaded by")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = LabelledFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("labelled file")
        verbose_name_plural = _("labelled files")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name

    def counts(self) -> dict[str, dict[str, int]]:
        """Return how many texts of each language have each label, the languages by name."""
        rows: Any = self.texts.values("language", "label").annotate(count=Count("pk")).order_by("language")
        found: dict[str, dict[str, int]] = {}
        for row in rows:
            found.setdefault(row["language"], dict.fromkeys(SentimentLabel.values, 0))[row["label"]] = row[
                "count"
            ]
        return found


class LabelledText(models.Model):
    """One text and how it feels."""

    file = models.ForeignKey(
        LabelledFile, models.CASCADE, related_name="texts", verbose_name=_("labelled file")
    )
    line = models.PositiveIntegerField(_("line"))
    text = models.TextField(_("text"))
    label = models.CharField(_("sentiment"), max_length=10, choices=SentimentLabel)
    # ISO 639-1, "" where nobody knows.
    language = models.CharField(_("language"), max_length=10, blank=True)

    class Meta:
        verbose_name = _("labelled text")
        verbose_name_plural = _("labelled texts")
        ordering = ["file", "line"]
        constraints = [models.UniqueConstraint(fields=["file", "line"], name="labelled_text_once_a_line")]

    def __str__(self) -> str:
        return self.text[:80]
