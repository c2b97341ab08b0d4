from __future__ import annotations

from pathlib import Path
from typing import Any, NotRequired, TypedDict, Unpack

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from accounts.audit import record
from accounts.models import User
from inference.catalog import load_catalog


class ModelKind(models.TextChoices):
    LANGUAGE = "language", _("language model")
    ENCODER = "encoder", _("encoder")
    RERANKER = "reranker", _("reranker")
    SENTIMENT = "sentiment", _("sentiment head")


class LanguageModel(models.Model):
    """An AI model that Parley can run: one that writes answers, or one that serves to find passages."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=ModelKind, default=ModelKind.LANGUAGE)
    hub_id = models.CharField(_("Hugging Face id"), max_length=200, blank=True)
    licence = models.CharField(_("licence"), max_length=100, blank=True)
    languages = models.JSONField(_("languages"), default=list, blank=True)
    parameters = models.PositiveBigIntegerField(_("parameters"))
    context_length = models.PositiveIntegerField(_("context length"))

    class Meta:
        verbose_name = _("language model")
        verbose_name_plural = _("language models")
        ordering = ["kind", "name"]

    def __str__(self) -> str:
        return self.name


class VersionFacts(TypedDict):
    """What installation knows about a folder of weights."""

    path: str
    sha256: str
    size: int
    dtype: str
    source: str
    # For what the workshop made.
    state: NotRequired[str]
    parent: NotRequired[LanguageModelVersion]
    recipe: NotRequired[dict[str, Any]]


class LanguageModelVersionQuerySet(models.QuerySet["LanguageModelVersion"]):
    def active(self, kind: ModelKind) -> LanguageModelVersion | None:
        """The version of this kind that answers visitors now, or None while nothing is active."""
        return self._in_state(kind, LanguageModelVersion.State.ACTIVE)

    def canary(self, kind: ModelKind) -> LanguageModelVersion | None:
        """The version of this kind that a share of new conversations tries, or None."""
        return self._in_state(kind, LanguageModelVersion.State.CANARY)

    def _in_state(self, kind: ModelKind, state: LanguageModelVersion.State) -> LanguageModelVersion | None:
        return self.select_related("language_model").filter(kind=kind, state=state).first()

    def encoders(self) -> list[LanguageModelVersion]:
        """The encoders that are served: the active one, then its companion where that is installed."""
        main = self.active(ModelKind.ENCODER)
        if main is None:
            return []
        companion = load_catalog().companion(main.language_model.name)
        second = self.named(companion.name) if companion is not None else None
        return [main, second] if second is not None and second.kind == ModelKind.ENCODER else [main]

    def named(self, display_name: str) -> LanguageModelVersion | None:
        """The version called `name@number`, or the newest version where only `name` is given."""
        name, _at, number = display_name.rpartition("@")
        versions = self.select_related("language_model")
        if name and number.isascii() and number.isdigit():
            return versions.filter(language_model__name=name, number=int(number)).first()
        return versions.filter(language_model__name=display_name).order_by("-number").first()

    def register(self, language_model: LanguageModel, **facts: Unpack[VersionFacts]) -> LanguageModelVersion:
        """Record a complete folder of weights as the next version of the model, not yet active."""
        with transaction.atomic():
            lock_models(language_model.kind)
            newest = self.filter(language_model=language_model).aggregate(number=models.Max("number"))[
                "number"
            ]
            version = self.create(
                language_model=language_model, kind=language_model.kind, number=(newest or 0) + 1, **facts
            )
            record("language_model.installed", by=None, about=version, source=version.source)
            return version


class LanguageModelVersion(models.Model):
    """One set of weights of a language model, complete in a folder under `MODELS_DIR`."""

    class State(models.TextChoices):
        INSTALLED = "installed", _("Installed")
        # Came out of the workshop, and has not been let near visitors.
        CANDIDATE = "candidate", _("Candidate")
        CANARY = "canary", _("Canary")
        ACTIVE = "active", _("Active")
        # Was active or a canary before; to go back to it is always possible.
        RETIRED = "retired", _("Retired")

    language_model = models.ForeignKey(
        LanguageModel, on_delete=models.CASCADE, related_name="versions", verbose_name=_("language model")
    )
    kind = models.CharField(
        _("kind"),
        max_length=10,
        choices=ModelKind,
        editable=False,
        help_text=_(
            "Copied from the language model, so that the database can hold one active version per kind."
        ),
    )
    number = models.PositiveIntegerField(_("number"))
    path = models.CharField(_("folder"), max_length=255, help_text=_("Relative to the folder of all models."))
    sha256 = models.CharField(_("SHA-256 of the weights"), max_length=64)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    dtype = models.CharField(_("number format"), max_length=20)
    source = models.CharField(_("source"), max_length=300)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.INSTALLED)
    # Where it comes from, for what the workshop made: the version that it was made of,
    parent = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("made of"),
    )
    # and how: {"job", "settings", "seed", "code_version", "data_set", "data_sha256"}.
    recipe = models.JSONField(_("recipe"), default=dict, blank=True)

    objects = LanguageModelVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("language model version")
        verbose_name_plural = _("language model versions")
        ordering = ["language_model", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["language_model", "number"], name="version_number_unique_per_model"
            ),
            models.UniqueConstraint(
                fields=["kind"], condition=models.Q(state="active"), name="one_active_version_per_kind"
            ),
            models.UniqueConstraint(
                fields=["kind"], condition=models.Q(state="canary"), name="one_canary_per_kind"
            ),
            models.CheckConstraint(condition=models.Q(kind__in=ModelKind.values), name="version_kind_known"),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        return f"{self.language_model.name}@{self.number}"

    @property
    def is_active(self) -> bool:
        """Whether it is this version that answers visitors."""
        return self.state == self.State.ACTIVE

    @property
    def folder(self) -> Path:
        return Path(settings.MODELS_DIR) / self.path

    def activate(self, by: User | None = None, network: str = "") -> None:
        """Make this the one active version of its kind.

        The model server takes a head at once, and any other version at its next start.

        `by` is who chose it, None for a command; `network` is where that person came from.
        """
        with transaction.atomic():
            lock_models(self.kind)
            others = LanguageModelVersion.objects.filter(kind=self.kind).exclude(pk=self.pk)
            others.filter(state=self.State.ACTIVE).update(state=self.State.RETIRED)
            inactive = LanguageModelVersion.objects.filter(pk=self.pk).exclude(state=self.State.ACTIVE)
            if inactive.update(state=self.State.ACTIVE):
                record("language_model.activated", by=by, about=self, network=network)
        self.state = self.State.ACTIVE


def lock_models(kind: str) -> None:
    """Let one transaction at a time number or activate versions of this kind (SQLite locks as a whole)."""
    list(LanguageModel.objects.select_for_update().filter(kind=kind).order_by("pk").values_list("pk"))
