"""Data sets, and their versions: what a model learns from and is measured by, never changed once made."""

import hashlib
from pathlib import Path
from typing import Any, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User, new_public_id
from chatbot.workshop.models.consent import ConversationConsent
from chatbot.workshop.models.held import HeldConversation

PARTS = ("train", "validation", "test")
_PIECE = 1024 * 1024


class DataSetChanged(Exception):
    """The files of a version are not those that were made. The message is one sentence for people."""


class DataSet(models.Model):
    """Examples of one kind under one name, gathered from conversations and files."""

    class Kind(models.TextChoices):
        DIALOGUES = "dialogues", gettext_lazy("dialogues")
        LABELLED = "labelled", gettext_lazy("labelled texts")

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    name = models.CharField(gettext_lazy("name"), max_length=100, unique=True)
    kind = models.CharField(gettext_lazy("kind"), max_length=10, choices=Kind, default=Kind.DIALOGUES)
    purpose = models.TextField(
        gettext_lazy("purpose"),
        blank=True,
        max_length=2000,
        help_text=gettext_lazy("What it is for and what it is not for. It stands on the data card."),
    )
    # Names of what people want, for labelling.
    intents = models.JSONField(gettext_lazy("intents"), default=list, blank=True)
    double_share = models.PositiveSmallIntegerField(
        gettext_lazy("share that two people label, in per cent"),
        default=20,
        validators=[MaxValueValidator(100)],
        help_text=gettext_lazy(
            "Two people see these examples without each other's answer; how often they agree says how far "
            "labels can be trusted."
        ),
    )
    only_reviewed = models.BooleanField(
        gettext_lazy("only examples that somebody accepted"),
        default=False,
        help_text=gettext_lazy("Otherwise a version holds what nobody has looked at yet, too."),
    )
    validation_share = models.PositiveSmallIntegerField(
        gettext_lazy("validation part, in per cent"),
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(40)],
    )
    test_share = models.PositiveSmallIntegerField(
        gettext_lazy("test part, in per cent"),
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(40)],
    )
    created_at = models.DateTimeField(gettext_lazy("created"), auto_now_add=True)

    class Meta:
        verbose_name = gettext_lazy("data set")
        verbose_name_plural = gettext_lazy("data sets")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def folder(self) -> Path:
        """Where its versions lie, and the files that are being read."""
        return Path(settings.DATA_DIR) / "data_sets" / self.public_id


class DataSetVersionQuerySet(models.QuerySet["DataSetVersion"]):
    def usable(self) -> Self:
        """Return the versions that may be learnt from now.

        Not those that hold a conversation that was erased since, or one of a site without consent.
        """
        gone = HeldConversation.objects.filter(version=OuterRef("pk")).filter(
            Q(conversation=None) | ~Q(conversation__site__in=ConversationConsent.objects.sites())
        )
        return self.filter(~Exists(gone))


class DataSetVersion(models.Model):
    """One state of a data set: a folder with a file of JSON lines for each part, and a card."""

    data_set = models.ForeignKey(
        DataSet, models.CASCADE, related_name="versions", verbose_name=gettext_lazy("data set")
    )
    number = models.PositiveIntegerField(gettext_lazy("number"))
    # Over the files of all parts.
    sha256 = models.CharField(gettext_lazy("SHA-256"), max_length=64)
    # How many examples each part holds: {"train", "validation", "test"}.
    counts = models.JSONField(gettext_lazy("examples"), default=dict)
    # What the card and a comparison say, as numbers: see `data_sets.facts`.
    facts = models.JSONField(default=dict, editable=False)
    seed = models.PositiveIntegerField(gettext_lazy("seed"), default=1)
    card = models.TextField(gettext_lazy("data card"), blank=True)
    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=gettext_lazy("made by")
    )
    created_at = models.DateTimeField(gettext_lazy("created"), auto_now_add=True)

    objects = DataSetVersionQuerySet.as_manager()

    class Meta:
        verbose_name = gettext_lazy("version of a data set")
        verbose_name_plural = gettext_lazy("versions of data sets")
        ordering = ["data_set", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["data_set", "number"], name="data_set_version_number_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.data_set.name}@{self.number}"

    @property
    def folder(self) -> Path:
        """Where train.jsonl, validation.jsonl and test.jsonl lie; read `verified_folder` instead."""
        return self.data_set.folder / str(self.number)

    def verified_folder(self) -> Path:
        """Return the folder after its files were compared with the hash of the day they were made.

        Raises DataSetChanged where one is changed or gone.
        """
        try:
            found = sha256_of(self.folder)
        except OSError:
            raise DataSetChanged(
                _("A file of the data set %(version)s is gone. Make a new version.") % {"version": self}
            ) from None
        if found != self.sha256:
            words = _("The files of the data set %(version)s were changed. Make a new version.")
            raise DataSetChanged(words % {"version": self})
        return self.folder

    @property
    def by_part(self) -> list[tuple[str, int]]:
        """The parts that have a count, in their order, which a database does not keep in JSON."""
        return [(part, int(self.counts[part])) for part in PARTS if part in self.counts]

    @property
    def total(self) -> int:
        """How many examples all parts hold together."""
        counts: dict[str, Any] = self.counts
        return sum(int(counts.get(part, 0)) for part in PARTS)


def sha256_of(folder: Path) -> str:
    """Return the hash over the names, sizes and bytes of a version's files; raises OSError."""
    digest = hashlib.sha256()
    for part in PARTS:
        path = folder / f"{part}.jsonl"
        digest.update(f"{path.name} {path.stat().st_size}\n".encode())
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
    return digest.hexdigest()
