"""The acts around conversations, and how each reads."""

from django.utils.translation import gettext_lazy as _

from accounts.audit import ActionType, register


@register
class ConversationRead(ActionType):
    kind = "conversation.read"
    name = _("Read a conversation")
    sentence = _("%(actor)s read conversation %(about)s of %(site)s")


@register
class ConversationExported(ActionType):
    kind = "conversation.exported"
    name = _("Exported a conversation")
    sentence = _("%(actor)s exported conversation %(about)s of %(site)s")


@register
class ConversationDeleted(ActionType):
    kind = "conversation.deleted"
    name = _("Deleted a conversation")
    sentence = _("%(actor)s deleted conversation %(about)s of %(site)s")
