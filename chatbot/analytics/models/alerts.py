"""What was bad, since when, who looks after it, and how it went on."""

from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Case, Q, When
from django.utils.translation import gettext_lazy as _

from accounts.models import Site, User, new_public_id
from accounts.policy import Ability, sites_where
from chatbot.analytics.models.alert_rules import AlertRule
from chatbot.analytics.models.notices import Notice


class AlertQuerySet(models.QuerySet["Alert"]):
    def seen_by(self, person: User | AnonymousUser) -> Self:
        """Return the alerts of the sites whose analytics the person reads."""
        return self.filter(site__in=sites_where(person, Ability.READ_ANALYTICS))

    def not_closed(self) -> Self:
        return self.exclude(state=Alert.State.CLOSED)

    def open_first(self) -> Self:
        """Return them in the order of the list: open ones, then acknowledged, then closed, newest first."""
        rank = Case(
            When(state=Alert.State.OPEN, then=0), When(state=Alert.State.ACKNOWLEDGED, then=1), default=2
        )
        return self.select_related("rule", "site", "acknowledged_by").order_by(rank, "-opened_at", "-pk")


class Alert(models.Model):
    """One span of time in which a rule's metric was bad. A rule has at most one that is not closed."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        ACKNOWLEDGED = "acknowledged", _("Acknowledged")
        CLOSED = "closed", _("Closed")

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="alerts", verbose_name=_("site"))
    rule = models.ForeignKey(AlertRule, models.CASCADE, related_name="alerts", verbose_name=_("rule"))
    state = models.CharField(_("state"), max_length=15, choices=State, default=State.OPEN)
    began_at = models.DateTimeField(_("began"))
    opened_at = models.DateTimeField(_("opened"))
    closed_at = models.DateTimeField(_("closed"), null=True)
    acknowledged_by = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", verbose_name=_("acknowledged by")
    )
    # In percent or milliseconds, as the rule's metric: when it opened, and the worst since.
    value = models.FloatField(_("value"))
    worst = models.FloatField(_("worst"))
    baseline = models.FloatField(_("earlier weeks"), null=True)
    sample = models.PositiveIntegerField(_("sample"))
    reopenings = models.PositiveIntegerField(_("reopened"), default=0)

    objects = AlertQuerySet.as_manager()

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        constraints = [
            models.UniqueConstraint(
                fields=["rule"], condition=~Q(state="closed"), name="one_open_alert_a_rule"
            )
        ]
        indexes = [models.Index(fields=["site", "-opened_at"], name="alert_by_site")]

    def __str__(self) -> str:
        return self.rule.get_metric_display()

    @property
    def is_closed(self) -> bool:
        return self.state == self.State.CLOSED


class AlertEvent(models.Model):
    """A line of an alert's history; what people are to be told of falls due and gets a notice."""

    class Kind(models.TextChoices):
        OPENED = "opened", _("Opened")
        REOPENED = "reopened", _("Opened again")
        ACKNOWLEDGED = "acknowledged", _("Acknowledged")
        NOTE = "note", _("Note")
        MUTED = "muted", _("Muted")
        UNMUTED = "unmuted", _("Not muted any more")
        CLOSED = "closed", _("Closed")
        LAPSED = "lapsed", _("Closed: it is not measured any more")

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=15, choices=Kind)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    text = models.CharField(max_length=1000, blank=True)
    value = models.FloatField(null=True)
    created_at = models.DateTimeField()
    # When people are to be told; None when they are not, or were.
    tell_at = models.DateTimeField(null=True)
    notice = models.ForeignKey(Notice, models.SET_NULL, null=True, related_name="events")

    class Meta:
        verbose_name = _("event of an alert")
        verbose_name_plural = _("events of alerts")
        ordering = ["created_at", "id"]
        indexes = [
            models.Index(fields=["tell_at"], condition=Q(tell_at__isnull=False), name="alert_event_to_tell")
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
