"""The acts around data sets, and how each reads."""

from django.utils.translation import gettext_lazy as _

from accounts.audit import ActionType, register


@register
class ConversationConsentChanged(ActionType):
    kind = "workshop.consent_changed"
    name = _("Changed the use of conversations")
    sentence = _("%(actor)s changed the use of conversations of %(site)s for data sets: %(allowed)s")


@register
class DialoguesImported(ActionType):
    kind = "workshop.dialogues_imported"
    name = _("Imported examples")
    sentence = _("%(actor)s imported %(examples)s examples into the data set %(about)s")


@register
class ConversationsCollected(ActionType):
    kind = "workshop.conversations_collected"
    name = _("Collected conversations")
    sentence = _("%(actor)s took %(examples)s conversations into the data set %(about)s")


@register
class SourceRemoved(ActionType):
    kind = "workshop.source_removed"
    name = _("Removed a source of examples")
    sentence = _("%(actor)s removed “%(source)s” with %(examples)s examples from the data set %(about)s")


@register
class VersionMade(ActionType):
    kind = "workshop.version_made"
    name = _("Made a version of a data set")
    sentence = _("%(actor)s made the version %(about)s with %(examples)s examples")


@register
class VersionRemoved(ActionType):
    kind = "workshop.version_removed"
    name = _("Removed a version of a data set")
    sentence = _("%(actor)s removed the version %(about)s of a data set")


@register
class VersionDownloaded(ActionType):
    kind = "workshop.version_downloaded"
    name = _("Downloaded a version of a data set")
    sentence = _("%(actor)s downloaded %(file)s of the version %(about)s of a data set")


@register
class DataSetRemoved(ActionType):
    kind = "workshop.data_set_removed"
    name = _("Removed a data set")
    sentence = _("%(actor)s removed the data set %(about)s")
