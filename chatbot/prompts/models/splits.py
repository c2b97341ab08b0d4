"""Several versions at once, each for its share of the conversations."""

from collections.abc import Mapping
from typing import Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Site, User
from chatbot.prompts import choosing, languages
from chatbot.prompts.models.versions import PromptVersion


class SplitQuerySet(models.QuerySet["Split"]):
    def open(self) -> Self:
        """Return the splits that run now."""
        return self.filter(ended_at__isnull=True)


class Split(models.Model):
    """A comparison of versions with real visitors; its arms and weights stay as they began."""

    class Measure(models.TextChoices):
        """What is compared: a share of conversations."""

        HELPFUL = "helpful", _("Conversations with feedback in which no answer was called unhelpful")
        HANDED_OFF = "handed_off", _("Conversations in which a person was asked for")

    site = models.ForeignKey(Site, models.CASCADE, related_name="prompt_splits", verbose_name=_("site"))
    language = models.CharField(_("language"), max_length=8, blank=True)
    measure = models.CharField(_("measure"), max_length=12, choices=Measure, default=Measure.HANDED_OFF)
    smallest_effect = models.PositiveSmallIntegerField(
        _("smallest difference worth knowing (percentage points)"),
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(50)],
        help_text=_("The smaller the difference, the more conversations it takes to see it."),
    )
    started_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("started by")
    )
    started_at = models.DateTimeField(_("started"), auto_now_add=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    winner = models.ForeignKey(
        PromptVersion, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("winner")
    )

    objects = SplitQuerySet.as_manager()

    class Meta:
        verbose_name = _("split")
        verbose_name_plural = _("splits")
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "language"],
                condition=models.Q(ended_at__isnull=True),
                name="one_open_split_per_language",
            )
        ]

    def __str__(self) -> str:
        return f"{self.site} · {self.language_name}"

    @property
    def language_name(self) -> str:
        """The name of its language in the reader's own."""
        return languages.shown_name(self.language)

    def check_arms(self, weights: Mapping[PromptVersion, int]) -> None:
        """Raise ValidationError for fewer than two versions, wrong weights, and versions from elsewhere.

        Also while another split runs on this one's site and for its language.
        """
        if len(weights) < 2:
            raise ValidationError(gettext("Choose at least two versions."))
        if any((arm.site_id, arm.language) != (self.site_id, self.language) for arm in weights):
            raise ValidationError(gettext("The versions must be of one site and one language."))
        if any(not 1 <= weight <= 100 for weight in weights.values()):
            raise ValidationError(gettext("A weight is a whole number from 1 to 100."))
        if Split.objects.open().filter(site=self.site_id, language=self.language).exists():
            raise ValidationError(gettext("A split runs there already. End it first."))

    def arm_for(self, conversation: str) -> PromptVersion:
        """Return the version for the conversation of this public id; for "" that of the largest weight."""
        arms = list(self.arms.select_related("version"))
        if not conversation:
            return max(arms, key=lambda arm: arm.weight).version
        place = choosing.place_of(str(self.pk), conversation)
        return arms[choosing.arm_at(place, [arm.weight for arm in arms])].version


class SplitArm(models.Model):
    """One version of a split and its weight; shares are weights over their sum."""

    split = models.ForeignKey(Split, models.CASCADE, related_name="arms", verbose_name=_("split"))
    version = models.ForeignKey(
        PromptVersion, models.CASCADE, related_name="+", verbose_name=_("prompt version")
    )
    weight = models.PositiveSmallIntegerField(
        _("weight"), validators=[MinValueValidator(1), MaxValueValidator(100)]
    )

    class Meta:
        verbose_name = _("arm of a split")
        verbose_name_plural = _("arms of a split")
        ordering = ["split", "version__number"]
        constraints = [models.UniqueConstraint(fields=["split", "version"], name="version_once_a_split")]

    def __str__(self) -> str:
        return f"{self.version} · {self.weight}"
