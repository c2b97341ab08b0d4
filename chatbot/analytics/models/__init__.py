"""Figures that are kept, and what the sentiment head learns from."""

from chatbot.analytics.models.counted_sites import CountedSite
from chatbot.analytics.models.daily_figures import DailyFigures
from chatbot.analytics.models.labelled_files import LabelledFile, LabelledText, SentimentLabel
from chatbot.analytics.models.labelling_settings import LabellingSettings
from chatbot.analytics.models.sentiment_heads import SentimentHead
from chatbot.analytics.models.training_runs import Rescoring, TrainingRun

__all__ = [
    "CountedSite",
    "DailyFigures",
    "LabelledFile",
    "LabelledText",
    "LabellingSettings",
    "Rescoring",
    "SentimentHead",
    "SentimentLabel",
    "TrainingRun",
]
