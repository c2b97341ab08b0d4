from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any, NotRequired, TypedDict, Unpack

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext
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

    def for_conversation(self, public_id: str, began: datetime) -> LanguageModelVersion | None:
        """The version that answers a conversation from its first reply on: the canary, or the active one."""
        canary = self.canary(ModelKind.LANGUAGE)
        if canary is not None and canary.tries(public_id, began):
            return canary
        return self.active(ModelKind.LANGUAGE)

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


class TransitionRefused(Exception):
    """A version may not go from its state into that one now; the message is one sentence for people."""


class LanguageModelVersion(models.Model):
    """One set of weights of a language model, complete in a folder under `MODELS_DIR`."""

    class State(models.TextChoices):
        INSTALLED = "installed", _("Installed")
        # Came out of the workshop, and has not been let near visitors.
        CANDIDATE = "candidate", _("Candidate")
        CANARY = "canary", _("Canary")
        ACTIVE = "active", _("Active")
        # Was active before; to go back to it is always possible.
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
    # When it last became active; None where it never was.
    activated_at = models.DateTimeField(_("activated"), null=True, editable=False)
    # Of the canary: the share of the conversations that begin after it did, in percent.
    canary_percent = models.PositiveSmallIntegerField(
        _("share of new conversations (percent)"),
        default=0,
        editable=False,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    canary_since = models.DateTimeField(_("canary since"), null=True, editable=False)

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

    def may_become(self, state: str) -> bool:
        """Whether there is a way from its state into `state`; what else is demanded, gates say."""
        return state in _WAYS[self.state]

    @property
    def state_of_rest(self) -> str:
        """The state that it has while it neither answers nor is tried."""
        if self.activated_at is not None:
            return self.State.RETIRED
        return self.State.CANDIDATE if self.recipe else self.State.INSTALLED

    def is_tried_since(self, began: datetime) -> bool:
        """Whether it is the canary, and was when a conversation began."""
        return (
            self.state == self.State.CANARY and self.canary_since is not None and began >= self.canary_since
        )

    def tries(self, conversation: str, began: datetime) -> bool:
        """Whether a conversation of this public id, begun at `began`, is one of the canary's.

        The same ids give the same answer; conversations that were there before the canary are none of its.
        """
        if not self.is_tried_since(began):
            return False
        digest = hashlib.sha256(f"{self.sha256}:{self.number}:{conversation}".encode()).digest()
        return int.from_bytes(digest[:8], "big") / 2**64 * 100 < self.canary_percent

    def start_canary(self, percent: int, by: User | None = None, network: str = "") -> None:
        """Let it answer a share of the conversations that begin from now on; raises TransitionRefused."""
        if not 1 <= percent <= 99:
            raise TransitionRefused(gettext("The share of a canary is a whole number from 1 to 99 percent."))
        with transaction.atomic():
            lock_models(self.kind)
            self.refresh_from_db(fields=["state", "activated_at"])
            if self.kind != ModelKind.LANGUAGE or not self.may_become(self.State.CANARY):
                words = gettext("%(version)s cannot be a canary: its state is “%(state)s”.")
                raise TransitionRefused(words % {"version": self, "state": self.get_state_display()})
            other = LanguageModelVersion.objects.canary(ModelKind(self.kind))
            if other is not None:
                words = gettext("%(version)s is being tried already. Take it back first.")
                raise TransitionRefused(words % {"version": other})
            if LanguageModelVersion.objects.active(ModelKind(self.kind)) is None:
                raise TransitionRefused(gettext("No version is active that it could be compared with."))
            self.state, self.canary_percent, self.canary_since = self.State.CANARY, percent, timezone.now()
            self.save(update_fields=["state", "canary_percent", "canary_since"])
            record("language_model.canary_started", by=by, about=self, network=network, percent=percent)

    def stop_canary(self, reason: str, by: User | None = None, network: str = "") -> bool:
        """Take the canary back: its conversations go on with the active version. False where it was none."""
        with transaction.atomic():
            lock_models(self.kind)
            self.refresh_from_db(fields=["state", "activated_at"])
            if self.state != self.State.CANARY:
                return False
            self.state = self.state_of_rest
            self.save(update_fields=["state"])
            record("language_model.canary_stopped", by=by, about=self, network=network, reason=reason)
        return True

    def activate(self, by: User | None = None, network: str = "") -> None:
        """Make this the one active version of its kind.

        The model server takes a language model as soon as it has loaded it, a head at once, and any other
        version at its next start.

        `by` is who chose it, None for a command; `network` is where that person came from.
        """
        with transaction.atomic():
            lock_models(self.kind)
            others = LanguageModelVersion.objects.filter(kind=self.kind).exclude(pk=self.pk)
            others.filter(state=self.State.ACTIVE).update(state=self.State.RETIRED)
            inactive = LanguageModelVersion.objects.filter(pk=self.pk).exclude(state=self.State.ACTIVE)
            now = timezone.now()
            if inactive.update(state=self.State.ACTIVE, activated_at=now):
                self.activated_at = now
                record("language_model.activated", by=by, about=self, network=network)
        self.state = self.State.ACTIVE


_State = LanguageModelVersion.State
# The ways between states. Out of ACTIVE there is one alone, that another version becomes active; out of
# CANARY also one back to where it came from.
_WAYS: dict[str, frozenset[str]] = {
    _State.INSTALLED: frozenset({_State.CANARY, _State.ACTIVE}),
    _State.CANDIDATE: frozenset({_State.CANARY, _State.ACTIVE}),
    _State.CANARY: frozenset({_State.ACTIVE, _State.RETIRED, _State.CANDIDATE, _State.INSTALLED}),
    _State.ACTIVE: frozenset({_State.RETIRED}),
    _State.RETIRED: frozenset({_State.CANARY, _State.ACTIVE}),
}


class ServerRestart(models.Model):
    """A wish that the model servers end, to be started again by whoever watches over them."""

    asked_at = models.DateTimeField(_("asked"), auto_now_add=True)

    class Meta:
        verbose_name = _("restart of the model servers")
        verbose_name_plural = _("restarts of the model servers")

    def __str__(self) -> str:
        return str(self.asked_at)


def lock_models(kind: str) -> None:
    """Let one transaction at a time number or activate versions of this kind (SQLite locks as a whole)."""
    list(LanguageModel.objects.select_for_update().filter(kind=kind).order_by("pk").values_list("pk"))
