"""How often a rule would have fired in the last four weeks."""

from datetime import datetime, timedelta

from chatbot.analytics.alerts.judging import WEEKS
from chatbot.analytics.alerts.metrics import Metric
from chatbot.analytics.alerts.replaying import Fired, replay
from chatbot.analytics.alerts.series import read_series
from chatbot.analytics.models import AlertRule

DAYS = 28


def tried(rule: AlertRule, now: datetime, days: int = DAYS) -> list[Fired]:
    """Return the alerts that `rule`, saved or not, would have opened up to `now` on the site's clock."""
    first = datetime.combine(now.date() - timedelta(days=days), datetime.min.time())
    earliest = first.date() - timedelta(weeks=WEEKS)
    metric = Metric(rule.metric)
    return replay(rule, read_series(rule.site, earliest, now.date(), [metric])[metric], first, now)
