"""What the page of a conversation shows of the assistance before anybody asks."""

from dataclasses import dataclass

from chatbot.conversations.models import Conversation
from chatbot.operators.assistance import languages
from chatbot.operators.models import Summary


@dataclass(frozen=True, slots=True)
class Offer:
    """The summary that is kept, and what can be translated.

    `asks_at_once` says that the page shall ask for a summary by itself: a visitor waits for a person.
    """

    summary: Summary | None
    asks_at_once: bool
    visitor_language: str
    translation_obstacle: str


def offer(conversation: Conversation) -> Offer:
    """Return what is offered to the operator whose language is active."""
    kept = conversation.summaries.with_age().filter(language=languages.written_for_operator()).first()
    waits = conversation.status == Conversation.Status.OPEN and conversation.turn == Conversation.Turn.WAITING
    code = languages.short_code(conversation.language)
    return Offer(
        summary=kept,
        asks_at_once=waits and (kept is None or kept.is_old),
        visitor_language=languages.shown_name(code) if code else "",
        translation_obstacle=languages.translation_obstacle(conversation.language),
    )
