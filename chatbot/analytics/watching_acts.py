"""The acts around alerts and reports, and how each reads."""

from django.utils.translation import gettext_lazy as _

from accounts.audit import ActionType, register


@register
class AlertAcknowledged(ActionType):
    kind = "alert.acknowledged"
    name = _("Acknowledged an alert")
    sentence = _("%(actor)s acknowledged the alert “%(about)s” of %(site)s")


@register
class AlertMuted(ActionType):
    kind = "alert.muted"
    name = _("Muted an alert")
    sentence = _("%(actor)s muted “%(about)s” of %(site)s until %(until)s")


@register
class AlertUnmuted(ActionType):
    kind = "alert.unmuted"
    name = _("Ended the muting of an alert")
    sentence = _("%(actor)s let people hear of “%(about)s” of %(site)s again")


@register
class AlertRuleChanged(ActionType):
    kind = "alert_rule.changed"
    name = _("Changed an alert rule")
    sentence = _("%(actor)s changed the alert rule “%(about)s” of %(site)s")


@register
class AlertRuleDeleted(ActionType):
    kind = "alert_rule.deleted"
    name = _("Deleted an alert rule")
    sentence = _("%(actor)s deleted the alert rule “%(about)s” of %(site)s")


@register
class NotificationsChanged(ActionType):
    kind = "alert.notifications_changed"
    name = _("Changed who is told of alerts")
    sentence = _("%(actor)s changed who is told of the alerts of %(site)s")


@register
class AlertSecretChanged(ActionType):
    kind = "alert.secret_changed"
    name = _("Changed the secret of the alerts' webhook")
    sentence = _("%(actor)s changed the secret of the alerts' webhook of %(site)s")


@register
class ReportSettingsChanged(ActionType):
    kind = "report.settings_changed"
    name = _("Changed the weekly report")
    sentence = _("%(actor)s changed the weekly report of %(site)s")


@register
class ReportAsked(ActionType):
    kind = "report.asked"
    name = _("Asked for a report")
    sentence = _("%(actor)s asked for a report of %(site)s")
