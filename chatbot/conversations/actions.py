"""The acts around conversations, and how each reads."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.action_types import UNKNOWN
from accounts.audit import ActionType, register
from accounts.models import AuditEntry
from chatbot.conversations.models import MessageSentiment


@register
class ConversationRead(ActionType):
    kind = "conversation.read"
    name = _("Read a conversation")
    sentence = _("%(actor)s read conversation %(about)s of %(site)s")


@register
class ConversationTakenOver(ActionType):
    kind = "conversation.taken_over"
    name = _("Took a conversation over")
    sentence = _("%(actor)s took conversation %(about)s of %(site)s over")


@register
class ConversationHandedBack(ActionType):
    kind = "conversation.handed_back"
    name = _("Handed a conversation back")
    sentence = _("%(actor)s handed conversation %(about)s of %(site)s back to the assistant")


@register
class ConversationAssigned(ActionType):
    kind = "conversation.assigned"
    name = _("Assigned a conversation")
    sentence = _("%(actor)s assigned conversation %(about)s of %(site)s")
    personal = frozenset({"operator"})


@register
class ConversationClosed(ActionType):
    kind = "conversation.closed"
    name = _("Closed a conversation")
    sentence = _("%(actor)s closed conversation %(about)s of %(site)s")


@register
class ConversationReopened(ActionType):
    kind = "conversation.reopened"
    name = _("Opened a conversation again")
    sentence = _("%(actor)s opened conversation %(about)s of %(site)s again")


@register
class ConversationMerged(ActionType):
    kind = "conversation.merged"
    name = _("Merged a conversation")
    sentence = _("%(actor)s merged conversation %(about)s of %(site)s into another one")


@register
class SentimentCorrected(ActionType):
    kind = "message.sentiment_corrected"
    name = _("Corrected a sentiment")
    sentence = _("%(actor)s corrected how a message of conversation %(about)s of %(site)s feels: %(label)s")

    def words(self, entry: AuditEntry) -> dict[str, Any]:
        """Name the label in the reader's language."""
        words = super().words(entry)
        names = dict(MessageSentiment.Label.choices)
        return {**words, "label": names.get(words.get("label", ""), UNKNOWN)}


@register
class VisitorBlocked(ActionType):
    kind = "visitor.blocked"
    name = _("Blocked a visitor")
    sentence = _("%(actor)s blocked visitor %(about)s of %(site)s")


@register
class VisitorUnblocked(ActionType):
    kind = "visitor.unblocked"
    name = _("Let a visitor in again")
    sentence = _("%(actor)s let visitor %(about)s of %(site)s in again")


@register
class ConversationExported(ActionType):
    kind = "conversation.exported"
    name = _("Exported a conversation")
    sentence = _("%(actor)s exported conversation %(about)s of %(site)s")
