"""Visitors of the key's site."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest
from ninja import Router, Schema
from ninja.responses import Status

from accounts.audit import record
from accounts.models import ApiKey
from chatbot.api_keys import KeyBearer, key_of
from chatbot.api_problems import PROBLEMS
from chatbot.conversations.erasure import erase
from chatbot.conversations.models import Visitor
from chatbot.operators.api.fields import Cursor, Limit, PublicId
from chatbot.operators.api.pages import newest_first

router = Router(tags=["visitors"])
reads = KeyBearer(ApiKey.Scope.READ_VISITORS)
writes = KeyBearer(ApiKey.Scope.WRITE_VISITORS)


class VisitorOut(Schema):
    id: str
    blocked_at: datetime | None
    created_at: datetime

    @staticmethod
    def resolve_id(visitor: Visitor) -> str:
        return visitor.public_id


class VisitorPage(Schema):
    items: list[VisitorOut]
    next: str | None


@router.get("/visitors", response={200: VisitorPage, **PROBLEMS}, auth=reads)
def list_visitors(request: HttpRequest, cursor: Cursor | None = None, limit: Limit = 50) -> dict[str, Any]:
    """List the site's visitors, the newest first."""
    visitors = Visitor.objects.filter(site=key_of(request).site_id)
    page, after = newest_first(visitors, "created_at", cursor, limit)
    return {"items": page, "next": after}


@router.get("/visitors/{visitor}", response={200: VisitorOut, **PROBLEMS}, auth=reads)
def get_visitor(request: HttpRequest, visitor: PublicId) -> Visitor:
    """Return one visitor."""
    return _visitor_of(request, visitor)


@router.delete("/visitors/{visitor}", response={204: None, **PROBLEMS}, auth=writes)
def erase_visitor(request: HttpRequest, visitor: PublicId) -> Status[None]:
    """Erase the visitor with every conversation and all that was said; it cannot be undone."""
    key = key_of(request)
    with transaction.atomic():
        found = _visitor_of(request, visitor)
        erase(found)
        record("api.visitor_erased", by=None, site=key.site, about=found, key=str(key))
    return Status(204, None)


def _visitor_of(request: HttpRequest, public_id: str) -> Visitor:
    try:
        return Visitor.objects.get(site=key_of(request).site_id, public_id=public_id)
    except Visitor.DoesNotExist:
        raise Http404("There is no visitor with this id.") from None
