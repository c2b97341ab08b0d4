"""What the gate demands, and when a canary is taken back: one row for the installation."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from inference.models import LanguageModelVersion

_PERCENT: Any = {"validators": [MinValueValidator(0), MaxValueValidator(1000)]}


class RolloutSettings(models.Model):
    """Thresholds against the active version. Shares are percentage points, the rest percent of its figure."""

    fewest_examples = models.PositiveIntegerField(
        _("examples at least"),
        default=30,
        validators=[MinValueValidator(1)],
        help_text=_("Quality that was measured on fewer proves nothing."),
    )
    perplexity_may_rise = models.FloatField(
        _("perplexity may be higher by (percent)"), default=2.0, **_PERCENT
    )
    token_f1_may_fall = models.FloatField(
        _("token-F1 of answers may be lower by (percentage points)"), default=2.0, **_PERCENT
    )
    recall_may_fall = models.FloatField(
        _("recall@5 of an encoder may be lower by (percentage points)"), default=2.0, **_PERCENT
    )
    speed_may_fall = models.FloatField(
        _("tokens, or texts of an encoder, a second may be fewer by (percent)"), default=10.0, **_PERCENT
    )
    first_token_may_rise = models.FloatField(
        _("the first token may come later by (percent)"), default=20.0, **_PERCENT
    )
    memory_may_rise = models.FloatField(_("memory may be more by (percent)"), default=10.0, **_PERCENT)

    is_watched = models.BooleanField(
        _("take a canary back by itself"),
        default=True,
        help_text=_("Where it is worse than the active version by more than the margins below."),
    )
    least_conversations = models.PositiveIntegerField(
        _("conversations at least, of the canary and of the active version"),
        default=30,
        validators=[MinValueValidator(5)],
    )
    failed_margin = models.FloatField(
        _("conversations with a failed answer (percentage points)"), default=5.0, **_PERCENT
    )
    handed_over_margin = models.FloatField(
        _("conversations in which a person was asked for (percentage points)"), default=10.0, **_PERCENT
    )
    unhelpful_margin = models.FloatField(
        _("rated conversations with a thumbs-down (percentage points)"), default=15.0, **_PERCENT
    )
    first_token_margin = models.FloatField(_("time to the first token (percent)"), default=50.0, **_PERCENT)

    class Meta:
        verbose_name = _("gate and canary")
        verbose_name_plural = _("gate and canary")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_rollout_settings")]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)

    @classmethod
    def load(cls) -> RolloutSettings:
        """Return the one row; the defaults until somebody has changed them."""
        return cls.objects.filter(pk=1).first() or cls(pk=1)


class Canary(LanguageModelVersion):
    """The version that is tried, seen beside the active one."""

    class Meta:
        proxy = True
        verbose_name = _("canary")
        verbose_name_plural = _("canary")
