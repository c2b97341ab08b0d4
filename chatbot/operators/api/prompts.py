"""The versions of the prompts of the key's site."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest
from ninja import Router, Schema
from pydantic import Field

from accounts.audit import record
from accounts.models import ApiKey
from chatbot.api_keys import KeyBearer, key_of
from chatbot.api_problems import PROBLEMS, ApiProblem
from chatbot.operators.api.fields import Limit, Remark, Seq, Text
from chatbot.prompts import gate, publishing
from chatbot.prompts.models import PromptVersion
from chatbot.prompts.models.versions import LONGEST_TEXT

router = Router(tags=["prompts"])
reads = KeyBearer(ApiKey.Scope.READ_PROMPTS)
writes = KeyBearer(ApiKey.Scope.WRITE_PROMPTS)

State = Literal["draft", "published", "replaced", "rolled_back"]
Language = Annotated[
    str,
    Field(pattern=r"^([a-z]{2})?$", description="ISO 639-1, or empty for all languages without their own"),
]
Override = Annotated[bool, Field(description="publish although the site's test cases stand against it")]


class PromptOut(Schema):
    number: int
    language: str
    state: State
    text: str
    message: str
    created_at: datetime
    published_at: datetime | None


class PromptPage(Schema):
    items: list[PromptOut]
    next: int | None


class PublishedOut(Schema):
    """No text: who may publish need not be allowed to read."""

    number: int
    language: str
    state: State


class NewPrompt(Schema):
    text: Annotated[Text, Field(min_length=1, max_length=LONGEST_TEXT)]
    language: Language = ""
    message: Annotated[Remark, Field(max_length=200, description="what changed")] = ""
    state: Annotated[Literal["draft", "published"], Field(description="what it is to be")] = "published"
    override: Override = False


class Publication(Schema):
    override: Override = False


@router.get("/prompts", response={200: PromptPage, **PROBLEMS}, auth=reads)
def list_prompts(
    request: HttpRequest,
    cursor: Seq | None = None,
    limit: Limit = 20,
    language: Language | None = None,
    state: State | None = None,
) -> dict[str, Any]:
    """List the versions of the site's prompts, the newest first; those with state `published` are in use."""
    versions = PromptVersion.objects.filter(site=key_of(request).site_id)
    if language is not None:
        versions = versions.filter(language=language)
    if state is not None:
        versions = versions.filter(state=state)
    if cursor is not None:
        versions = versions.filter(number__lt=cursor)
    page = list(versions.order_by("-number")[: limit + 1])
    return {"items": page[:limit], "next": page[limit - 1].number if len(page) > limit else None}


@router.get("/prompts/{number}", response={200: PromptOut, **PROBLEMS}, auth=reads)
def get_prompt(request: HttpRequest, number: Seq) -> PromptVersion:
    """Return one version."""
    return _version(request, number)


@router.post("/prompts", response={200: PromptOut, **PROBLEMS}, auth=writes)
def publish_prompt(request: HttpRequest, body: NewPrompt) -> PromptVersion:
    """Make this text the prompt of the site and language, unless it is in use already; or write a draft."""
    key = key_of(request)
    with transaction.atomic():
        live = PromptVersion.objects.live(key.site, body.language)
        if body.state == "published" and [version.text for version in live] == [body.text]:
            return live[0]
        try:
            version = PromptVersion.objects.draft(
                key.site, body.text, language=body.language, message=body.message
            )
        except ValidationError as error:
            raise ApiProblem(422, "invalid_prompt", " ".join(error.messages)) from None
        if body.state == "published":
            _publish(key, version, override=body.override)
    return version


@router.post("/prompts/{number}/publish", response={200: PublishedOut, **PROBLEMS}, auth=writes)
def publish_version(request: HttpRequest, number: Seq, body: Publication) -> PromptVersion:
    """Give a draft, or an older version again, to visitors."""
    version = _version(request, number)
    with transaction.atomic():
        _publish(key_of(request), version, override=body.override)
    return version


def _publish(key: ApiKey, version: PromptVersion, *, override: bool) -> None:
    """Publish in the key's name; raises ApiProblem where the site's test cases stand against it."""
    try:
        if publishing.publish(version, override=override):
            record("api.prompt_published", by=None, site=key.site, about=version, key=str(key))
            publishing.record_override(version, gate.verdict_on(version), by=None, key=str(key))
    except gate.NotProven as refusal:
        raise ApiProblem(409, "not_proven", str(refusal)) from None


def _version(request: HttpRequest, number: int) -> PromptVersion:
    versions = PromptVersion.objects.select_related("site").filter(site=key_of(request).site_id)
    try:
        return versions.get(number=number)
    except PromptVersion.DoesNotExist:
        raise Http404("The prompt has no version with this number.") from None
