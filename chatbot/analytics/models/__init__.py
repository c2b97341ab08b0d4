"""Figures that are kept, topics, alerts, reports, and what the sentiment head learns from."""

from chatbot.analytics.models.alert_rules import AlertRule
from chatbot.analytics.models.alerts import Alert, AlertEvent
from chatbot.analytics.models.counted_sites import CountedSite
from chatbot.analytics.models.daily_figures import DailyFigures
from chatbot.analytics.models.dispatches import Dispatch
from chatbot.analytics.models.document_uses import DocumentUse, TracesRead
from chatbot.analytics.models.labelled_files import LabelledFile, LabelledText, SentimentLabel
from chatbot.analytics.models.labelling_settings import LabellingSettings
from chatbot.analytics.models.notices import Notice
from chatbot.analytics.models.reports import Report, ReportPicture, ReportSettings
from chatbot.analytics.models.sentiment_heads import SentimentHead
from chatbot.analytics.models.topics import Topic, TopicQuestion, TopicRun
from chatbot.analytics.models.training_runs import Rescoring, TrainingRun
from chatbot.analytics.models.watch_settings import WatchSettings

__all__ = [
    "Alert",
    "AlertEvent",
    "AlertRule",
    "CountedSite",
    "DailyFigures",
    "Dispatch",
    "DocumentUse",
    "LabelledFile",
    "LabelledText",
    "LabellingSettings",
    "Notice",
    "Report",
    "ReportPicture",
    "ReportSettings",
    "Rescoring",
    "SentimentHead",
    "SentimentLabel",
    "Topic",
    "TopicQuestion",
    "TopicRun",
    "TracesRead",
    "TrainingRun",
    "WatchSettings",
]
