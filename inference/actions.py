"""The acts around language models, and how each reads."""

from django.utils.translation import gettext_lazy as _

from accounts.audit import ActionType, register


@register
class LanguageModelInstalled(ActionType):
    kind = "language_model.installed"
    name = _("Installed a language model")
    sentence = _("%(actor)s installed %(about)s")


@register
class LanguageModelActivated(ActionType):
    kind = "language_model.activated"
    name = _("Activated a language model")
    sentence = _("%(actor)s made %(about)s the active model of its kind")


@register
class LanguageModelExported(ActionType):
    kind = "language_model.exported"
    name = _("Exported a language model")
    sentence = _("%(actor)s exported %(about)s as %(format)s to %(file)s")
