"""The acts around evaluations, and how each reads."""

from django.utils.translation import gettext_lazy as _

from accounts.audit import ActionType, register


@register
class EvaluationAsked(ActionType):
    kind = "workshop.evaluation_asked"
    name = _("Asked for an evaluation")
    sentence = _("%(actor)s asked for the evaluation %(about)s of %(version)s: %(measures)s")


@register
class EvaluationCancelled(ActionType):
    kind = "workshop.evaluation_cancelled"
    name = _("Cancelled an evaluation")
    sentence = _("%(actor)s cancelled the evaluation %(about)s")
