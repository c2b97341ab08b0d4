"""How a visitor's socket comes to its conversation."""

from chatbot.conversations import posting
from chatbot.conversations.models import Visitor
from chatbot.widget.models import Ticket


def enter(ticket: str, conversation_id: str | None, language: str) -> tuple[Visitor, str]:
    """Use the ticket up; return its visitor and the id of the conversation, for None of an empty one.

    `language` is the one that the visitor reads. Raises Ticket.DoesNotExist, or Refused: blocked, or
    not_found for a conversation that is not the visitor's.
    """
    visitor = Ticket.objects.redeem(ticket)
    return visitor, posting.open_conversation(visitor, conversation_id, language)
