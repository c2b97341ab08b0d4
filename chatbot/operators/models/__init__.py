"""What operators add to conversations: labels, canned replies, summaries, and their own preferences."""

from chatbot.operators.models.canned_replies import CannedReply
from chatbot.operators.models.labels import Label
from chatbot.operators.models.preferences import InboxPreferences
from chatbot.operators.models.summaries import Summary

__all__ = ["CannedReply", "InboxPreferences", "Label", "Summary"]
