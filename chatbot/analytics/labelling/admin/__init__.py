"""The admin's pages for labels, training runs and sentiment heads."""

from chatbot.analytics.labelling.admin.consent import LabellingSettingsAdmin
from chatbot.analytics.labelling.admin.files import LabelledFileAdmin
from chatbot.analytics.labelling.admin.heads import SentimentHeadAdmin
from chatbot.analytics.labelling.admin.runs import TrainingRunAdmin

__all__ = ["LabelledFileAdmin", "LabellingSettingsAdmin", "SentimentHeadAdmin", "TrainingRunAdmin"]
