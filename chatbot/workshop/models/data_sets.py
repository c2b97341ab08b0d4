"""Data sets, and their versions: what a model learns from and is measured by, never changed once made."""

from pathlib import Path

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User, new_public_id

PARTS = ("train", "validation", "test")


class DataSet(models.Model):
    """Examples of one kind under one name, gathered from conversations and files."""

    class Kind(models.TextChoices):
        DIALOGUES = "dialogues", _("dialogues")
        LABELLED = "labelled", _("labelled texts")

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    name = models.CharField(_("name"), max_length=100, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.DIALOGUES)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("data set")
        verbose_name_plural = _("data sets")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class DataSetVersion(models.Model):
    """One state of a data set: a folder with a file of JSON lines for each part, and a card."""

    data_set = models.ForeignKey(DataSet, models.CASCADE, related_name="versions", verbose_name=_("data set"))
    number = models.PositiveIntegerField(_("number"))
    # Over the files of all parts.
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    # How many examples each part holds: {"train", "validation", "test"}.
    counts = models.JSONField(_("examples"), default=dict)
    card = models.TextField(_("data card"), blank=True)
    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("made by")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("version of a data set")
        verbose_name_plural = _("versions of data sets")
        ordering = ["data_set", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["data_set", "number"], name="data_set_version_number_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.data_set.name}@{self.number}"

    @property
    def folder(self) -> Path:
        """Where train.jsonl, validation.jsonl and test.jsonl lie."""
        return Path(settings.DATA_DIR) / "data_sets" / self.data_set.public_id / str(self.number)
