"""The privileged acts of the inbox, as the audit record tells them."""

from django.utils.translation import gettext_lazy as _

from accounts.audit import ActionType, register


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
