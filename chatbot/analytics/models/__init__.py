"""Figures that are kept."""

from chatbot.analytics.models.daily_figures import DailyFigures

__all__ = ["DailyFigures"]
