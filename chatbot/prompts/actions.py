"""The acts around prompts, and how each reads."""

from django.utils.translation import gettext_lazy as _

from accounts.audit import ActionType, register


@register
class PromptPublished(ActionType):
    kind = "prompt.published"
    name = _("Published a prompt")
    sentence = _("%(actor)s published version %(version)s of the prompt of %(site)s")
