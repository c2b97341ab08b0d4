"""What is watched on a site, and how each rule stands."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Site
from chatbot.analytics.alerts.metrics import Metric
from chatbot.analytics.alerts.standing import Standing

_LONGEST_MS = 600_000.0
USUAL: dict[Metric, dict[str, Any]] = {
    Metric.NEGATIVE: {"kind": "change", "threshold": 40.0, "smallest_change": 15.0, "smallest_sample": 30},
    Metric.HANDED_OVER: {"kind": "change", "threshold": 50.0, "smallest_change": 20.0, "smallest_sample": 20},
    Metric.FAILED: {"kind": "threshold", "threshold": 10.0, "smallest_change": 10.0, "smallest_sample": 10},
    Metric.FIRST_TOKEN: {
        **{"kind": "change", "threshold": 10_000.0, "smallest_change": 100.0, "smallest_sample": 60},
    },
    Metric.QUEUED: {
        **{"kind": "threshold", "threshold": 5_000.0, "smallest_change": 100.0, "smallest_sample": 20},
    },
    Metric.UNKNOWN: {"kind": "change", "threshold": 50.0, "smallest_change": 20.0, "smallest_sample": 30},
}


class AlertRuleQuerySet(models.QuerySet["AlertRule"]):
    def usual_for(self, site: Site) -> "list[AlertRule]":
        """Return the rules of `site`, and make what every site begins with where it has none yet."""
        rules = list(self.filter(site=site))
        if not rules:
            made = [AlertRule(site=site, metric=metric, **terms) for metric, terms in USUAL.items()]
            self.bulk_create(made, ignore_conflicts=True)
            rules = list(self.filter(site=site))
        return rules


class AlertRule(models.Model):
    """One metric of one site, when it is bad, and how it stood when the worker looked last.

    Shares and their changes are percent and percentage points; times are milliseconds, and their changes
    percent. `alerts/judging.py` says what the terms mean.
    """

    class Kind(models.TextChoices):
        THRESHOLD = "threshold", _("Above a threshold")
        CHANGE = "change", _("Worse than in the same hours of earlier weeks")

    site = models.ForeignKey(Site, models.CASCADE, related_name="alert_rules", verbose_name=_("site"))
    metric = models.CharField(_("what is watched"), max_length=20, choices=Metric)
    kind = models.CharField(_("when it is bad"), max_length=10, choices=Kind, default=Kind.CHANGE)
    threshold = models.FloatField(
        _("threshold"),
        default=50.0,
        validators=[MinValueValidator(0.0), MaxValueValidator(_LONGEST_MS)],
        help_text=_("In percent, or in milliseconds for times. It counts for the first kind only."),
    )
    smallest_change = models.FloatField(
        _("smallest change"),
        default=20.0,
        validators=[MinValueValidator(1.0), MaxValueValidator(1000.0)],
        help_text=_(
            "So many percentage points above the earlier weeks, or so many percent for times. "
            "It counts for the second kind only."
        ),
    )
    smallest_sample = models.PositiveIntegerField(
        _("smallest sample"),
        default=30,
        validators=[MinValueValidator(5), MaxValueValidator(100_000)],
        help_text=_("Nothing is said of fewer messages, answers or conversations."),
    )
    hours = models.PositiveSmallIntegerField(
        _("hours looked back"),
        default=3,
        validators=[MaxValueValidator(24)],
        help_text=_("So many hours before the present one may make up the sample."),
    )
    opens_after = models.PositiveSmallIntegerField(
        _("looks until it opens"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("The worker looks every five minutes; an alert opens after so many bad looks in a row."),
    )
    closes_after = models.PositiveSmallIntegerField(
        _("looks until it closes"),
        default=6,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("An alert closes after so many good looks in a row."),
    )
    is_enabled = models.BooleanField(_("enabled"), default=True)
    muted_until = models.DateTimeField(
        _("muted until"), null=True, blank=True, help_text=_("Until then nobody is told.")
    )

    # How it stood at the last look; written by `alerts/evaluating.py` with the row locked.
    looked_at = models.DateTimeField(_("looked at"), null=True, editable=False)
    judgement = models.CharField(max_length=10, blank=True, editable=False)
    value = models.FloatField(_("value"), null=True, editable=False)
    baseline = models.FloatField(_("earlier weeks"), null=True, editable=False)
    sample = models.PositiveIntegerField(_("sample"), default=0, editable=False)
    is_open = models.BooleanField(default=False, editable=False)
    bad_in_row = models.PositiveSmallIntegerField(default=0, editable=False)
    good_in_row = models.PositiveSmallIntegerField(default=0, editable=False)
    unknown_in_row = models.PositiveSmallIntegerField(default=0, editable=False)
    bad_since = models.DateTimeField(null=True, editable=False)

    objects = AlertRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("alert rule")
        verbose_name_plural = _("alert rules")
        ordering = ["site", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "metric", "kind"],
                name="alert_rule_once_a_site",
                violation_error_message=_("There is such a rule on this site already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_metric_display()}: {self.get_kind_display()}"

    def clean(self) -> None:
        """Raise ValidationError for a share above everything."""
        if self.kind == self.Kind.THRESHOLD and self.metric and Metric(self.metric).is_share:
            if self.threshold is not None and not 0 < self.threshold < 100:
                raise ValidationError({"threshold": _("Write a percentage between 0 and 100.")})
        elif self.kind == self.Kind.THRESHOLD and self.threshold is not None and self.threshold <= 0:
            raise ValidationError({"threshold": _("Write a time above 0 ms.")})

    @property
    def unit(self) -> str:
        """The unit of its values and its threshold."""
        return Metric(self.metric).unit

    @property
    def standing(self) -> Standing:
        return Standing(self.is_open, self.bad_in_row, self.good_in_row, self.unknown_in_row)

    def is_muted(self, now: datetime) -> bool:
        return self.muted_until is not None and self.muted_until > now
