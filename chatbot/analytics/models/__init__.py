"""Figures that are kept."""

from chatbot.analytics.models.counted_sites import CountedSite
from chatbot.analytics.models.daily_figures import DailyFigures

__all__ = ["CountedSite", "DailyFigures"]
