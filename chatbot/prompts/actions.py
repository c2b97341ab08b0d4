"""The acts around prompts, and how each reads."""

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.audit import ActionType, register
from accounts.models import AuditEntry


@register
class PromptPublished(ActionType):
    kind = "prompt.published"
    name = _("Published a prompt")
    sentence = _("%(actor)s published version %(version)s of the prompt of %(site)s")


@register
class PromptPublishedAgain(ActionType):
    kind = "prompt.published_again"
    name = _("Published an older prompt again")
    sentence = _("%(actor)s went back to version %(version)s of the prompt of %(site)s")


@register
class PromptOverridden(ActionType):
    kind = "prompt.overridden"
    name = _("Published a prompt against the test cases")
    sentence = _("%(actor)s published version %(version)s of %(site)s although %(why)s")

    def words(self, entry: AuditEntry) -> dict[str, Any]:
        """Say what stood against it, and name the key where a program did it."""
        words = super().words(entry)
        if words.get("was_run"):
            why = gettext("test cases failed: %(cases)s") % {"cases": words.get("cases")}
        else:
            why = gettext("the test cases had not been run on it")
        return {**words, "why": why, "actor": words.get("key") or words["actor"]}


@register
class SplitStarted(ActionType):
    kind = "prompt.split_started"
    name = _("Started a split between prompts")
    sentence = _("%(actor)s split the conversations of %(about)s between versions, with weights: %(arms)s")


@register
class SplitEnded(ActionType):
    kind = "prompt.split_ended"
    name = _("Ended a split between prompts")
    sentence = _("%(actor)s ended the split of %(about)s with version %(version)s as the winner")
