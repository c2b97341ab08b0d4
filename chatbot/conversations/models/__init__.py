"""Visitors, what they and the assistant said, and the numbered events that clients replay."""

from chatbot.conversations.models.conversations import Conversation, ConversationQuerySet
from chatbot.conversations.models.events import ConversationEvent
from chatbot.conversations.models.messages import Message, MessageQuerySet
from chatbot.conversations.models.traces import ReplyTrace
from chatbot.conversations.models.visitors import Visitor, VisitorQuerySet

__all__ = [
    "Conversation",
    "ConversationEvent",
    "ConversationQuerySet",
    "Message",
    "MessageQuerySet",
    "ReplyTrace",
    "Visitor",
    "VisitorQuerySet",
]
