"""What operators add to conversations: labels, canned replies, and their own preferences."""

from chatbot.operators.models.canned_replies import CannedReply
from chatbot.operators.models.labels import Label
from chatbot.operators.models.preferences import InboxPreferences

__all__ = ["CannedReply", "InboxPreferences", "Label"]
