"""Visitors, what they and the assistant said, and the numbered events that clients replay."""

from chatbot.conversations.models.conversations import Conversation, ConversationQuerySet
from chatbot.conversations.models.events import ConversationEvent
from chatbot.conversations.models.handoff_settings import HandoffSettings, Holiday, OpeningTime
from chatbot.conversations.models.messages import Message, MessageQuerySet
from chatbot.conversations.models.notes import Note
from chatbot.conversations.models.presences import Presence, PresenceQuerySet
from chatbot.conversations.models.sentiments import MessageSentiment
from chatbot.conversations.models.stale_days import StaleDay
from chatbot.conversations.models.traces import ReplyTrace
from chatbot.conversations.models.visitors import Visitor, VisitorQuerySet

__all__ = [
    "Conversation",
    "ConversationEvent",
    "ConversationQuerySet",
    "HandoffSettings",
    "Holiday",
    "Message",
    "MessageQuerySet",
    "MessageSentiment",
    "Note",
    "OpeningTime",
    "Presence",
    "PresenceQuerySet",
    "ReplyTrace",
    "StaleDay",
    "Visitor",
    "VisitorQuerySet",
]
