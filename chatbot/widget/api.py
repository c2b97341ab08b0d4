"""The REST API of version 1, described at /api/v1/openapi.json."""

from typing import Annotated

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError
from ninja.security import HttpBearer
from pydantic import Field

from accounts.models import Site
from accounts.networks import network_of
from accounts.policy import Policy, policy
from chatbot.conversations.models import Visitor
from chatbot.widget.models import Ticket
from chatbot.widget.networks import TooManyRequests, count_request


class VisitorBearer(HttpBearer):
    """A visitor's secret in `Authorization: Bearer`; the request's site must be the visitor's."""

    def authenticate(self, request: HttpRequest, token: str) -> str | None:
        return token or None


api = NinjaAPI(title="Parley", version="1", urls_namespace="api", docs_url=None)


@api.exception_handler(TooManyRequests)
def too_many_requests(request: HttpRequest, error: TooManyRequests) -> HttpResponse:
    """Answer 429 with the seconds to wait."""
    detail = f"Too many requests from your network. Try again in {error.retry_after} seconds."
    answer = api.create_response(request, {"detail": detail}, status=429)
    answer["Retry-After"] = str(error.retry_after)
    return answer


class SiteKey(Schema):
    site: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]


class NewVisitor(Schema):
    visitor: str
    secret: str


class NewTicket(Schema):
    ticket: str


class Problem(Schema):
    detail: str


@api.post("/visitors", response={200: NewVisitor, 404: Problem, 429: Problem}, auth=None)
def create_visitor(request: HttpRequest, body: SiteKey) -> dict[str, str]:
    """Create an anonymous visitor of a site; the secret is shown this once."""
    count_request("visitors", network_of(request.META.get("REMOTE_ADDR")), settings.NEW_VISITORS_A_MINUTE)
    try:
        visitor, secret = Visitor.objects.register(Site.objects.for_key(body.site))
    except Site.DoesNotExist:
        raise Http404("There is no site with this key.") from None
    return {"visitor": visitor.public_id, "secret": secret}


@api.post("/tickets", response={200: NewTicket, 401: Problem, 429: Problem}, auth=VisitorBearer())
def create_ticket(request: HttpRequest, body: SiteKey) -> dict[str, str]:
    """Create a ticket that opens one socket within 30 seconds."""
    count_request("tickets", network_of(request.META.get("REMOTE_ADDR")), settings.TICKETS_A_MINUTE)
    secret: str = request.auth  # type: ignore[attr-defined]
    try:
        visitor = Visitor.objects.for_secret(secret, body.site)
    except Visitor.DoesNotExist:
        raise HttpError(401, "This secret is not known on this site.") from None
    return {"ticket": Ticket.objects.issue(visitor)}


_POLICIES = {
    "openapi-json": Policy.PUBLIC,
    "api-root": Policy.PUBLIC,
    "create_visitor": Policy.PUBLIC,
    "create_ticket": Policy.VISITOR,
}


def api_urls() -> tuple[list[URLResolver | URLPattern], str, str]:
    """Return the API's URLs with their policies; an operation without one stops the start with a KeyError."""
    patterns, app_name, namespace = api.urls
    for pattern in patterns:
        if isinstance(pattern, URLPattern) and pattern.callback is not None:
            policy(_POLICIES[str(pattern.name)])(pattern.callback)
    return patterns, app_name, namespace
