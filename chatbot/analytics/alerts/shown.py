"""Alerts and rules as lines of a list."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import Site
from chatbot.analytics.alerts import wording
from chatbot.analytics.alerts.judging import Judgement
from chatbot.analytics.alerts.metrics import Metric
from chatbot.analytics.models import Alert, AlertRule


@dataclass(frozen=True, slots=True)
class AlertRow:
    """An alert with its values in words."""

    alert: Alert
    sentence: str
    worst: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule, how it stands, and what was found at the last look."""

    rule: AlertRule
    state: str
    state_label: str
    value: str
    baseline: str


def alert_row(alert: Alert) -> AlertRow:
    """Return the alert's line."""
    worst = wording.shown(Metric(alert.rule.metric), alert.worst)
    return AlertRow(alert, wording.sentence(alert), worst, alert.closed_at)


def alert_rows(alerts: Iterable[Alert]) -> list[AlertRow]:
    """Return the lines of alerts, in their order."""
    return [alert_row(alert) for alert in alerts]


def rule_rows(site: Site) -> list[RuleRow]:
    """Return the lines of the site's rules."""
    return [_rule_row(rule) for rule in AlertRule.objects.filter(site=site)]


def _rule_row(rule: AlertRule) -> RuleRow:
    metric = Metric(rule.metric)
    state, label = rule_state(rule)
    return RuleRow(
        rule, state, label, wording.shown(metric, rule.value), wording.shown(metric, rule.baseline)
    )


def rule_state(rule: AlertRule) -> tuple[str, str]:
    """Return how the rule stands: for the style sheet, and in words."""
    if not rule.is_enabled:
        return "off", _("Off")
    if rule.is_open:
        return "open", _("Alert")
    if rule.standing.is_pending:
        return "pending", _("Bad for a moment")
    if rule.looked_at is None:
        return "unknown", _("Not looked at yet")
    if rule.judgement == Judgement.UNKNOWN:
        if rule.kind == AlertRule.Kind.CHANGE and rule.sample >= rule.smallest_sample:
            return "unknown", _("Too few earlier weeks")
        return "unknown", _("Too few samples")
    return "ok", _("Good")
