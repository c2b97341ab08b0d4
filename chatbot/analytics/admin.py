"""The admin's pages of the analytics app."""

from chatbot.analytics.alerts import rule_admin, settings_admin
from chatbot.analytics.labelling import admin as labelling_admin
from chatbot.analytics.reports import settings_admin as report_admin

__all__ = ["labelling_admin", "report_admin", "rule_admin", "settings_admin"]
