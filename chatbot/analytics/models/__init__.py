"""Figures that are kept."""

from chatbot.analytics.models.counted_sites import CountedSite
from chatbot.analytics.models.daily_figures import DailyFigures
from chatbot.analytics.models.document_uses import DocumentUse, TracesRead
from chatbot.analytics.models.topics import Topic, TopicQuestion, TopicRun

__all__ = [
    "CountedSite",
    "DailyFigures",
    "DocumentUse",
    "Topic",
    "TopicQuestion",
    "TopicRun",
    "TracesRead",
]
