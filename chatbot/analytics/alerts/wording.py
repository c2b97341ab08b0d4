"""Values of metrics as people read them, in the reader's language."""

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from chatbot.analytics.alerts.metrics import Metric
from chatbot.analytics.models import Alert, AlertRule

_SECOND = 1000


def shown(metric: Metric, value: float | None) -> str:
    """Return a share like "12.5 %" and a time like "850 ms" or "3.2 s"; a dash for nothing."""
    if value is None:
        return "–"
    if metric.is_share:
        return f"{number_format(round(value, 1), 1)} %"
    if value < _SECOND:
        return f"{number_format(round(value))} ms"
    return f"{number_format(round(value / _SECOND, 1), 1)} s"


def sentence(alert: Alert) -> str:
    """Say in one sentence what was found when the alert opened."""
    metric = Metric(alert.rule.metric)
    words = {"value": shown(metric, alert.value), "sample": alert.sample}
    if alert.rule.kind == AlertRule.Kind.THRESHOLD:
        words["threshold"] = shown(metric, alert.rule.threshold)
        return _("%(value)s of %(sample)s, above the threshold of %(threshold)s") % words
    words["baseline"] = shown(metric, alert.baseline)
    return _("%(value)s of %(sample)s; %(baseline)s in the same hours of earlier weeks") % words
