"""The answers that a site's assistant gave, newest first, as their traces tell."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from accounts.models import Site, User
from chatbot.conversations.models import ReplyTrace
from chatbot.operators.inbox import readable
from chatbot.operators.workbench.shown import KINDS
from chatbot.prompts.models import PromptVersion

PAGE_SIZE = 50
# Which models and versions there are to choose from is read from so many of the newest answers.
_LOOKED_AT = 1000
_LONGEST_NUMBER = 18


@dataclass(frozen=True, slots=True)
class Choice:
    """Which answers somebody wants to see; what is empty narrows nothing."""

    kind: str = ""
    prompt_version: int | None = None
    language_model: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Some answers, and the place of the next page, None at the end."""

    traces: Sequence[ReplyTrace]
    next_before: int | None


def chosen(query: dict[str, str]) -> Choice:
    """Return what a query string asks for; what it cannot mean is left out."""
    kind = query.get("kind", "")
    return Choice(
        kind=kind if kind in KINDS else "",
        prompt_version=number(query.get("prompt", "")),
        language_model=query.get("model", "")[:200].replace("\x00", ""),
    )


def number(text: str) -> int | None:
    """Return the whole number in `text`, or None for what is no row's key."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER else None


def page(site: Site, choice: Choice, before: int | None = None, size: int = PAGE_SIZE) -> Page:
    """Return up to `size` answers of the site that come after the place `before`, newest first.

    A page goes on by the key of a row instead of by a count: the thousandth costs what the first does.
    """
    traces = _of(site)
    if before is not None:
        traces = traces.filter(pk__lt=before)
    if choice.kind:
        traces = traces.filter(kind=choice.kind)
    if choice.prompt_version is not None:
        traces = traces.filter(prompt_version=choice.prompt_version)
    if choice.language_model:
        traces = traces.filter(language_model=choice.language_model)
    rows = list(traces.select_related("message__answers", "prompt_version").order_by("-pk")[: size + 1])
    return Page(rows[:size], rows[size - 1].pk if len(rows) > size else None)


def offered(site: Site) -> tuple[list[PromptVersion], list[str]]:
    """Return the prompt versions and the language models that the newest answers name."""
    pairs = list(_of(site).order_by("-pk").values_list("prompt_version", "language_model")[:_LOOKED_AT])
    versions = PromptVersion.objects.filter(site=site, pk__in={version for version, _model in pairs})
    return list(versions.order_by("-pk")), sorted({model for _version, model in pairs if model})


def of_person(person: User) -> QuerySet[ReplyTrace]:
    """Return the traces of the answers in conversations that the person may read."""
    traces = ReplyTrace.objects.filter(message__conversation__in=readable(person))
    return traces.select_related("message__answers", "message__conversation__site", "prompt_version")


def _of(site: Site) -> QuerySet[ReplyTrace]:
    return ReplyTrace.objects.filter(message__conversation__site=site)
