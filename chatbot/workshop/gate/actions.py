"""The acts around the gate, and how each reads."""

from django.utils.translation import gettext_lazy as _

from accounts.audit import ActionType, register


@register
class RolloutChanged(ActionType):
    kind = "workshop.rollout_changed"
    name = _("Changed what the gate and a canary demand")
    sentence = _("%(actor)s changed what the gate and a canary demand: %(fields)s")
