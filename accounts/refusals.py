"""The page for somebody who has shown who they are and still may not come in."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse


def refused(request: HttpRequest) -> HttpResponse:
    """Return the answer to a person without a role, or one who is blocked."""
    context = admin.site.each_context(request)
    return TemplateResponse(request, "account/refused.html", context, status=403)
