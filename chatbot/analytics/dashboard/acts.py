"""The acts around figures, and how each reads."""

from django.utils.translation import gettext_lazy as _

from accounts.audit import ActionType, register


@register
class FiguresExported(ActionType):
    kind = "figures.exported"
    name = _("Exported figures")
    sentence = _("%(actor)s exported the figures of %(site)s from %(first)s to %(last)s")
