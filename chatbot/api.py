"""The REST API of version 1, described at /api/v1/openapi.json: what visitors call and what keys open."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, path
from ninja import NinjaAPI

from accounts.policy import Policy, policy
from chatbot.analytics.api import router as analytics
from chatbot.api_problems import answer_problems, problem_response
from chatbot.operators.api import conversations, knowledge, messages, prompts, visitors
from chatbot.widget.api import add_visitor_operations

api = NinjaAPI(title="Parley", version="1", urls_namespace="api", docs_url=None)
answer_problems(api)

# `/visitors` has operations of both, and they have to be of one router, since Django asks one view for a URL.
add_visitor_operations(visitors.router)
ROUTERS = (
    visitors.router,
    conversations.router,
    messages.router,
    prompts.router,
    knowledge.router,
    analytics,
)
for router in ROUTERS:
    api.add_router("", router)


@policy(Policy.PUBLIC)
def nothing_here(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Answer for every address that the API does not have."""
    return problem_response(404, "not_found", "The API has no such address.")


def api_urls() -> tuple[list[URLResolver | URLPattern], str, str]:
    """Return the API's URLs with their policies; an operation that names no `auth` stops the start."""
    policies = {"openapi-json": Policy.PUBLIC, **_policies_of_operations()}
    patterns, app_name, namespace = api.urls
    urls: list[URLResolver | URLPattern] = []
    for pattern in patterns:
        if isinstance(pattern, URLPattern) and pattern.name != "api-root":
            pattern.callback = policy(policies[str(pattern.name)])(_refusing_in_shape(pattern.callback))
            urls.append(pattern)
    # Ninja finds the beginning of its paths by this name.
    urls += [path("", nothing_here, name="api-root"), path("<path:rest>", nothing_here)]
    return urls, app_name, namespace


def _policies_of_operations() -> dict[str, Policy]:
    """Return by an operation's name who gets an answer, which is what its `auth` says."""
    return {
        operation.view_func.__name__: _policy_of(operation.auth_param)
        for router in ROUTERS
        for view in router.path_operations.values()
        for operation in view.operations
    }


def _policy_of(auth: Any) -> Policy:
    declared: Policy = Policy.PUBLIC if auth is None else auth.policy
    return declared


def _refusing_in_shape(view: Callable[..., Any]) -> Callable[..., HttpResponseBase]:
    """Wrap `view`, whose refusal of a method is plain text."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response: HttpResponseBase = view(request, *args, **kwargs)
        if response.status_code != 405:
            return response
        allowed = response.headers["Allow"]
        detail = f"This address answers {allowed} only."
        return problem_response(405, "method_not_allowed", detail, headers={"Allow": allowed})

    return answer
