"""The acts around jobs of the workshop, and how each reads."""

from django.utils.translation import gettext_lazy as _

from accounts.audit import ActionType, register


@register
class JobAsked(ActionType):
    kind = "workshop.job_asked"
    name = _("Asked for a job of the workshop")
    sentence = _("%(actor)s asked for the job %(about)s: %(job)s of %(base)s with %(data)s")


@register
class JobCancelled(ActionType):
    kind = "workshop.job_cancelled"
    name = _("Cancelled a job of the workshop")
    sentence = _("%(actor)s cancelled the job %(about)s")
