"""What operators add to conversations: labels, notes, canned replies, and their own preferences."""

from chatbot.operators.models.canned_replies import CannedReply
from chatbot.operators.models.labels import Label
from chatbot.operators.models.notes import Note
from chatbot.operators.models.preferences import InboxPreferences

__all__ = ["CannedReply", "InboxPreferences", "Label", "Note"]
