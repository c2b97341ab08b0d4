"""Figures that are kept, alerts about them, and reports of them."""

from chatbot.analytics.models.alert_rules import AlertRule
from chatbot.analytics.models.alerts import Alert, AlertEvent
from chatbot.analytics.models.counted_sites import CountedSite
from chatbot.analytics.models.daily_figures import DailyFigures
from chatbot.analytics.models.dispatches import Dispatch
from chatbot.analytics.models.notices import Notice
from chatbot.analytics.models.reports import Report, ReportPicture, ReportSettings
from chatbot.analytics.models.watch_settings import WatchSettings

__all__ = [
    "Alert",
    "AlertEvent",
    "AlertRule",
    "CountedSite",
    "DailyFigures",
    "Dispatch",
    "Notice",
    "Report",
    "ReportPicture",
    "ReportSettings",
    "WatchSettings",
]
