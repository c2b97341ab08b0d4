"""The acts around blind votes, and how each reads."""

from django.utils.translation import gettext_lazy as _

from accounts.audit import ActionType, register


@register
class VoteAsked(ActionType):
    kind = "workshop.vote_asked"
    name = _("Asked for a blind vote")
    sentence = _("%(actor)s asked for the blind vote %(about)s between %(first)s and %(second)s")


@register
class VoteCancelled(ActionType):
    kind = "workshop.vote_cancelled"
    name = _("Cancelled a blind vote")
    sentence = _("%(actor)s cancelled the blind vote %(about)s before its answers were written")


@register
class VoteClosed(ActionType):
    kind = "workshop.vote_closed"
    name = _("Closed a blind vote")
    sentence = _("%(actor)s closed the blind vote %(about)s")
