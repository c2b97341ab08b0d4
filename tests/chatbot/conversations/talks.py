"""Conversations that a test begins with."""

from accounts.models import Site
from chatbot.conversations import leases, posting
from chatbot.conversations.models import Conversation, Message, Visitor
from chatbot.conversations.replies import _begin, _finish


def begun(site: Site, text: str = "Hello") -> Conversation:
    """Return a conversation of a new visitor who has asked something."""
    visitor, _secret = Visitor.objects.register(site)
    conversation = posting.open_conversation(visitor, None)
    posting.send(visitor, conversation, "first", text)
    return Conversation.objects.get(public_id=conversation)


def say(conversation: Conversation, text: str = "And now?", client_id: str = "next") -> Message:
    """Let the visitor say something more."""
    return posting.send(conversation.visitor, conversation.public_id, client_id, text)


def answer(conversation: Conversation, text: str = "Hi!", outcome: str = "completed") -> None:
    """Let the assistant answer what waits, as a runner does."""
    (lease,) = leases.claim(1)
    draft = _begin(lease)
    assert draft is not None and draft.conversation_id == conversation.public_id
    draft.text = text
    _finish(lease, draft, Message.Status(outcome), "" if outcome != "failed" else "model_unavailable")
    lease.release()


def kinds(conversation: Conversation) -> list[str]:
    """Return what happened, in order."""
    return list(conversation.events.values_list("kind", flat=True))


def waiting_replies(conversation: Conversation) -> int:
    """Return how many answers of the assistant are due."""
    return conversation.messages.unfinished().count()
