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


@register
class GateOverridden(ActionType):
    kind = "language_model.gate_overridden"
    name = _("Went past the gate with a language model")
    sentence = _("%(actor)s let %(about)s answer because “%(reason)s”, although: %(against)s")


@register
class CanaryStarted(ActionType):
    kind = "language_model.canary_started"
    name = _("Started a canary")
    sentence = _("%(actor)s let %(about)s answer %(percent)s %% of new conversations")


@register
class CanaryStopped(ActionType):
    kind = "language_model.canary_stopped"
    name = _("Stopped a canary")
    sentence = _("%(actor)s took the canary %(about)s back: %(reason)s")


@register
class LanguageModelDeleted(ActionType):
    kind = "language_model.deleted"
    name = _("Deleted a language model")
    sentence = _("%(actor)s deleted %(about)s and its files")


@register
class RestartAsked(ActionType):
    kind = "language_model.restart_asked"
    name = _("Asked the model servers to start again")
    sentence = _("%(actor)s asked the model servers to start again")
