"""The admin's pages of the analytics app."""

from chatbot.analytics.labelling.admin import (
    LabelledFileAdmin,
    LabellingSettingsAdmin,
    SentimentHeadAdmin,
    TrainingRunAdmin,
)

__all__ = ["LabelledFileAdmin", "LabellingSettingsAdmin", "SentimentHeadAdmin", "TrainingRunAdmin"]
