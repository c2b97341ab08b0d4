"""The visitor's part of the REST API."""

from typing import Annotated

from django.conf import settings
from django.http import Http404, HttpRequest
from ninja import Router, Schema
from ninja.security import HttpBearer
from pydantic import Field

from accounts.models import Site
from accounts.networks import network_of
from accounts.policy import Policy
from chatbot.api_problems import ApiProblem, Problem
from chatbot.conversations.models import Visitor
from chatbot.networks import count_request
from chatbot.widget.models import Ticket


class VisitorBearer(HttpBearer):
    """A visitor's secret in `Authorization: Bearer`; the request's site must be the visitor's."""

    policy = Policy.VISITOR

    def authenticate(self, request: HttpRequest, token: str) -> str | None:
        return token or None


class SiteKey(Schema):
    site: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]


class NewVisitor(Schema):
    visitor: str
    secret: str


class NewTicket(Schema):
    ticket: str


_PROBLEMS = {frozenset({400, 401, 403, 404, 413, 422, 429}): Problem}


def add_visitor_operations(router: Router) -> None:
    """Add what visitors call. It comes to a router of others because `/visitors` answers staff as well."""
    router.post("/visitors", response={200: NewVisitor, **_PROBLEMS}, auth=None, tags=["widget"])(
        create_visitor
    )
    router.post("/tickets", response={200: NewTicket, **_PROBLEMS}, auth=VisitorBearer(), tags=["widget"])(
        create_ticket
    )


def create_visitor(request: HttpRequest, body: SiteKey) -> dict[str, str]:
    """Create an anonymous visitor of a site; the secret is shown this once."""
    count_request("visitors", network_of(request.META.get("REMOTE_ADDR")), settings.NEW_VISITORS_A_MINUTE)
    try:
        visitor, secret = Visitor.objects.register(Site.objects.for_key(body.site))
    except Site.DoesNotExist:
        raise Http404("There is no site with this key.") from None
    return {"visitor": visitor.public_id, "secret": secret}


def create_ticket(request: HttpRequest, body: SiteKey) -> dict[str, str]:
    """Create a ticket that opens one socket within 30 seconds."""
    count_request("tickets", network_of(request.META.get("REMOTE_ADDR")), settings.TICKETS_A_MINUTE)
    secret: str = request.auth  # type: ignore[attr-defined]
    try:
        visitor = Visitor.objects.for_secret(secret, body.site)
    except Visitor.DoesNotExist:
        raise ApiProblem(401, "unknown_secret", "This secret is not known on this site.") from None
    if visitor.blocked_at is not None:
        raise ApiProblem(403, "blocked", "This chat is closed to you.")
    return {"ticket": Ticket.objects.issue(visitor)}
