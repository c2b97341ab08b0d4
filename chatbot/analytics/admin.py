"""The admin's pages of analytics."""

from chatbot.analytics.alerts import rule_admin
from chatbot.analytics.reports import settings_admin

__all__ = ["rule_admin", "settings_admin"]
