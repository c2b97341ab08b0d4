"""The acts around exports, and how each reads."""

from django.utils.translation import gettext_lazy as _

from accounts.audit import ActionType, register


@register
class ExportAsked(ActionType):
    kind = "workshop.export_asked"
    name = _("Asked for an export")
    sentence = _("%(actor)s asked for an export of %(version)s as %(format)s")


@register
class ExportDownloaded(ActionType):
    kind = "workshop.export_downloaded"
    name = _("Downloaded an export")
    sentence = _("%(actor)s downloaded %(file)s")


@register
class ExportRemoved(ActionType):
    kind = "workshop.export_removed"
    name = _("Removed an export")
    sentence = _("%(actor)s removed %(file)s")
