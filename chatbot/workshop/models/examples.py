"""The examples of data sets, where they come from, and what cleaning and people made of them."""

import hashlib
import json
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Site, User, new_public_id
from accounts.policy import Ability, sites_where
from chatbot.analytics.models import SentimentLabel
from chatbot.conversations.models import Conversation
from chatbot.workshop.models.consent import ConversationConsent
from chatbot.workshop.models.data_sets import DataSet


class Readable(json.JSONEncoder):
    """Writes characters as they are, so that a search finds Chinese words."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "ensure_ascii": False})


class DataSource(models.Model):
    """Where examples of a data set come from. They count once the source is ready, all of them or none."""

    class Kind(models.TextChoices):
        FILE = "file", _("file")
        CONVERSATIONS = "conversations", _("conversations")
        AUGMENTATION = "augmentation", _("augmentation")

    class State(models.TextChoices):
        READING = "reading", _("Being read")
        READY = "ready", _("Ready")

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    data_set = models.ForeignKey(DataSet, models.CASCADE, related_name="sources", verbose_name=_("data set"))
    kind = models.CharField(_("kind"), max_length=15, choices=Kind)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.READING)
    name = models.CharField(_("name"), max_length=200)
    licence = models.CharField(_("licence"), max_length=200, blank=True)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)
    # How it was made: what was chosen of conversations, or how questions were changed.
    settings = models.JSONField(default=dict, blank=True)
    added_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("added by")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("source of examples")
        verbose_name_plural = _("sources of examples")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class ExampleQuerySet(models.QuerySet["Example"]):
    def there(self) -> Self:
        """Return the examples of sources that were read to the end."""
        return self.filter(source__state=DataSource.State.READY)

    def allowed(self) -> Self:
        """Return the examples that may be used: not those of sites that give no consent."""
        return self.there().filter(Q(site=None) | Q(site__in=ConversationConsent.objects.sites()))

    def kept(self) -> Self:
        """Return the allowed examples that neither cleaning nor people took out."""
        return self.allowed().filter(removed_by="").exclude(review=Example.Review.REJECTED)

    def labelled_by(self, person: User) -> Self:
        """Return the examples that `person` may look at and label.

        Those of files are for superusers; those of conversations for who labels on that very site. What was
        rejected is among them, since people look again.
        """
        left = self.allowed().filter(removed_by="")
        if person.is_superuser and not person.owes_second_factor:
            return left
        return left.filter(site__in=sites_where(person, Ability.LABEL_DATA))


class Example(models.Model):
    """One dialogue, or one text with a label."""

    class Review(models.TextChoices):
        """What people say of it."""

        OPEN = "open", _("Not looked at")
        ACCEPTED = "accepted", _("Accepted")
        EDITED = "edited", _("Edited")
        REJECTED = "rejected", _("Rejected")
        DISPUTED = "disputed", _("Disputed")

    class Synthetic(models.TextChoices):
        """How a machine made it of another one."""

        NO = "", _("No")
        EDITS = "edits", _("Edits of words")
        PARAPHRASE = "paraphrase", _("Paraphrase")
        BACK_TRANSLATION = "translation", _("Back-translation")

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    data_set = models.ForeignKey(DataSet, models.CASCADE, related_name="examples", verbose_name=_("data set"))
    source = models.ForeignKey(DataSource, models.CASCADE, related_name="examples", verbose_name=_("source"))
    # Of which site and conversation; it goes when they go.
    site = models.ForeignKey(
        Site, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("site")
    )
    conversation = models.ForeignKey(
        Conversation,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("conversation"),
    )
    # Examples with one key are one conversation and never part; see `held.key_of`.
    group = models.CharField(max_length=64, db_index=True)
    # A number that chance gave, from 0 to 2**31 - 1: who labels it, and in which order.
    rank = models.PositiveIntegerField(default=0, editable=False)
    line = models.PositiveIntegerField(_("line"), default=0)
    # OpenAI's chat format; an answer with "weight": 0 is context and not learnt from.
    messages = models.JSONField(_("messages"), default=list, encoder=Readable)
    # The messages before cleaning, None where it changed nothing.
    given = models.JSONField(null=True, editable=False, encoder=Readable)
    # The messages before somebody edited them, None where nobody did.
    unedited = models.JSONField(null=True, editable=False, encoder=Readable)
    language = models.CharField(_("language"), max_length=10, blank=True)
    removed_by = models.CharField(_("removed by"), max_length=20, blank=True, editable=False)
    # A code of `cleaning.reasons`, and the example of which this one is a repetition.
    why = models.CharField(max_length=60, blank=True, editable=False)
    like = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+", editable=False)
    review = models.CharField(_("review"), max_length=10, choices=Review, default=Review.OPEN)
    sentiment = models.CharField(_("sentiment"), max_length=10, choices=SentimentLabel, blank=True)
    intent = models.CharField(_("intent"), max_length=60, blank=True)
    synthetic = models.CharField(
        _("synthetic"), max_length=12, choices=Synthetic, default=Synthetic.NO, blank=True
    )
    parent = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="children", verbose_name=_("made of")
    )

    objects = ExampleQuerySet.as_manager()

    class Meta:
        verbose_name = _("example")
        verbose_name_plural = _("examples")
        ordering = ["id"]
        indexes = [
            models.Index(fields=["data_set", "removed_by", "id"], name="example_by_step"),
            models.Index(fields=["data_set", "review", "rank"], name="example_to_label"),
        ]

    def __str__(self) -> str:
        return self.public_id[:8]

    @property
    def question(self) -> str:
        """The first thing that the person says."""
        return next((str(one["content"]) for one in self.messages if one["role"] == "user"), "")


def rank_of(public_id: str) -> int:
    """Return the number that stands for chance in an example's id."""
    return int.from_bytes(hashlib.sha256(public_id.encode()).digest()[:4], "big") >> 1
