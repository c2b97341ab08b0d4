"""Conversations as they come about, for tests that only read them."""

from typing import Any

from accounts.models import Site
from chatbot.conversations import events
from chatbot.conversations.models import Conversation, Message, Visitor


def talk(site: Site, *lines: str, visitor: Visitor | None = None, **changes: Any) -> Conversation:
    """Let a visitor and the assistant say `lines` in turn; `changes` are fields of the conversation."""
    visitor = visitor or Visitor.objects.register(site)[0]
    conversation = Conversation.objects.create(site=site, visitor=visitor)
    for number, line in enumerate(lines):
        say(conversation, "assistant" if number % 2 else "visitor", line)
    if changes:
        Conversation.objects.filter(pk=conversation.pk).update(**changes)
    conversation.refresh_from_db()
    return conversation


def say(conversation: Conversation, author: str, text: str) -> Message:
    """Let somebody say `text`, as the functions that store messages do."""
    message = conversation.messages.create(author=author, text=text)
    events.record(conversation, "message.created", message.data())
    return message
