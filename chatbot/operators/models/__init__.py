"""What operators add to conversations, their own preferences, and webhooks with what was sent to them."""

from chatbot.operators.models.canned_replies import CannedReply
from chatbot.operators.models.deliveries import Delivery
from chatbot.operators.models.labels import Label
from chatbot.operators.models.preferences import InboxPreferences
from chatbot.operators.models.settled_questions import SettledQuestion
from chatbot.operators.models.summaries import Summary
from chatbot.operators.models.webhooks import Webhook

__all__ = ["CannedReply", "Delivery", "InboxPreferences", "Label", "SettledQuestion", "Summary", "Webhook"]
