"""The acts around knowledge, and how each reads."""

from django.utils.translation import gettext_lazy as _

from accounts.audit import ActionType, register


@register
class SourceAdded(ActionType):
    kind = "knowledge.source_added"
    name = _("Added a source of knowledge")
    sentence = _("%(actor)s added the source of knowledge %(about)s to %(site)s")


@register
class SourceChanged(ActionType):
    kind = "knowledge.source_changed"
    name = _("Changed a source of knowledge")
    sentence = _("%(actor)s changed the source of knowledge %(about)s: %(fields)s")


@register
class SourceRemoved(ActionType):
    kind = "knowledge.source_removed"
    name = _("Removed a source of knowledge")
    sentence = _("%(actor)s removed the source of knowledge %(about)s with %(documents)s documents")


@register
class DocumentRemoved(ActionType):
    kind = "knowledge.document_removed"
    name = _("Removed a document")
    sentence = _("%(actor)s removed the document %(about)s")


@register
class AnswerPublished(ActionType):
    kind = "knowledge.answer_published"
    name = _("Published a curated answer")
    sentence = _("%(actor)s published the curated answer to %(about)s")


@register
class AnswerRemoved(ActionType):
    kind = "knowledge.answer_removed"
    name = _("Removed a curated answer")
    sentence = _("%(actor)s removed the curated answer to %(about)s")


@register
class AnswersImported(ActionType):
    kind = "knowledge.answers_imported"
    name = _("Imported curated answers")
    sentence = _("%(actor)s imported curated answers into %(site)s: %(added)s new, %(changed)s changed")


@register
class SettingsChanged(ActionType):
    kind = "knowledge.settings_changed"
    name = _("Changed the use of knowledge")
    sentence = _("%(actor)s changed the use of knowledge on %(site)s: %(fields)s")
