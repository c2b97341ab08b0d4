"""The front page of the admin site, and the fragment by which it keeps itself up to date."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.policy import Policy, policy, signed_in
from chatbot.monitoring.dashboard import overview


def add_overview(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Put the overview into the front page's context; Unfold calls this."""
    return {**context, "overview": overview(signed_in(request))}


@policy(Policy.STAFF)
@admin.site.admin_view
@require_safe
def overview_fragment(request: HttpRequest) -> HttpResponse:
    """The part of the front page that changes, for htmx to swap in."""
    return render(request, "admin/overview.html", {"overview": overview(signed_in(request))})
