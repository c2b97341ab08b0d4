"""The versions of the prompt of the key's site."""

from datetime import datetime
from typing import Annotated, Any

from django.db import transaction
from django.http import Http404, HttpRequest
from ninja import Router, Schema
from pydantic import Field

from accounts.audit import record
from accounts.models import ApiKey
from chatbot.operators.api.fields import PROBLEMS, Limit, Seq, Text
from chatbot.operators.api.keys import KeyBearer, key_of
from chatbot.prompts.models import PromptVersion

router = Router(tags=["prompts"])
reads = KeyBearer(ApiKey.Scope.READ_PROMPTS)
writes = KeyBearer(ApiKey.Scope.WRITE_PROMPTS)


class PromptOut(Schema):
    number: int
    text: str
    created_at: datetime


class PromptPage(Schema):
    items: list[PromptOut]
    next: int | None


class NewPrompt(Schema):
    text: Annotated[Text, Field(min_length=1, max_length=20_000)]


@router.get("/prompts", response={200: PromptPage, **PROBLEMS}, auth=reads)
def list_prompts(request: HttpRequest, cursor: Seq | None = None, limit: Limit = 20) -> dict[str, Any]:
    """List the versions of the site's prompt, the newest first; that one is in use."""
    versions = PromptVersion.objects.filter(site=key_of(request).site_id)
    if cursor is not None:
        versions = versions.filter(number__lt=cursor)
    page = list(versions.order_by("-number")[: limit + 1])
    return {"items": page[:limit], "next": page[limit - 1].number if len(page) > limit else None}


@router.get("/prompts/{number}", response={200: PromptOut, **PROBLEMS}, auth=reads)
def get_prompt(request: HttpRequest, number: Seq) -> PromptVersion:
    """Return one version."""
    try:
        return PromptVersion.objects.get(site=key_of(request).site_id, number=number)
    except PromptVersion.DoesNotExist:
        raise Http404("The prompt has no version with this number.") from None


@router.post("/prompts", response={200: PromptOut, **PROBLEMS}, auth=writes)
def publish_prompt(request: HttpRequest, body: NewPrompt) -> PromptVersion:
    """Make this text the prompt of the site, as a new version unless it is the current one already."""
    key = key_of(request)
    with transaction.atomic():
        newest = PromptVersion.objects.filter(site=key.site_id).order_by("-number").first()
        version = PromptVersion.objects.write(key.site, body.text)
        if version != newest:
            record("api.prompt_published", by=None, site=key.site, about=version, key=str(key))
    return version
