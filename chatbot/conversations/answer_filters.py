"""Narrowing conversations down by what wrote their answers."""

from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.policy import sites_where
from chatbot.conversations.models import Conversation, ReplyTrace
from chatbot.prompts.models import PromptVersion

_VERSIONS_OFFERED = 100
# The models that wrote so many of the newest answers are offered: to look at all takes too long.
_ANSWERS_LOOKED_AT = 2_000


def answered_with(conversations: "QuerySet[Conversation]", **facts: Any) -> "QuerySet[Conversation]":
    """Return the conversations with an answer whose trace has these `facts`, such as `prompt_version`."""
    answers = ReplyTrace.objects.filter(message__conversation=OuterRef("pk"), **facts)
    return conversations.filter(Exists(answers))


class PromptVersionFilter(SimpleListFilter):
    """Narrows the list to conversations with an answer under one version of a prompt."""

    title = _("prompt version")
    parameter_name = "prompt"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        sites = sites_where(request.user, model_admin.reads)
        versions = PromptVersion.objects.filter(site__in=sites, published_at__isnull=False)
        newest = versions.select_related("site").order_by("-published_at")[:_VERSIONS_OFFERED]
        return [(str(version.pk), str(version)) for version in newest]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Conversation]") -> "QuerySet[Conversation]":
        value = self.value() or ""
        known = value.isdecimal() and len(value) < 19
        return answered_with(queryset, prompt_version=int(value)) if known else queryset


class LanguageModelFilter(SimpleListFilter):
    """Narrows the list to conversations with an answer of one version of a language model."""

    title = _("language model")
    parameter_name = "model"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        sites = sites_where(request.user, model_admin.reads)
        traces = ReplyTrace.objects.filter(message__conversation__site__in=sites).order_by("-pk")
        names = traces.values_list("language_model", flat=True)[:_ANSWERS_LOOKED_AT]
        return [(name, name) for name in sorted(set(names)) if name]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Conversation]") -> "QuerySet[Conversation]":
        value = self.value()
        return answered_with(queryset, language_model=value) if value else queryset
