"""The privileged acts of the inbox, as the audit record tells them."""

from django.utils.translation import gettext_lazy as _

from accounts.audit import ActionType, register


@register
class ConversationRead(ActionType):
    kind = "conversation.read"
    name = _("Conversation read")
    sentence = _("%(actor)s read the conversation %(about)s.")


@register
class ConversationExported(ActionType):
    kind = "conversation.exported"
    name = _("Transcript taken")
    sentence = _("%(actor)s took a transcript of the conversation %(about)s.")


@register
class VisitorBlocked(ActionType):
    kind = "visitor.blocked"
    name = _("Visitor blocked")
    sentence = _("%(actor)s blocked the visitor %(about)s.")


@register
class VisitorUnblocked(ActionType):
    kind = "visitor.unblocked"
    name = _("Visitor let in again")
    sentence = _("%(actor)s let the visitor %(about)s in again.")
