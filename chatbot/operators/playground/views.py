"""The playground's page and what it asks for; all of it for those who write prompts.

Answers come over the workbench's socket, see `preparing.py`.
"""

from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.policy import Ability, Policy, may, policy, signed_in, sites_where
from chatbot.conversations.gateways import new_gateway
from chatbot.operators.playground.forms import NewCaseForm, errors_of
from chatbot.prompts import languages
from chatbot.prompts.models import DEFAULT_PROMPT, PromptVersion

_VERSIONS_OFFERED = 200


@policy(Policy.STAFF)
@admin.site.admin_view
@require_safe
def show_page(request: HttpRequest) -> HttpResponse:
    """The page, with the text of the version that the query names, or of the newest one in use."""
    person = _writer(request)
    versions = PromptVersion.objects.filter(site__in=sites_where(person, Ability.WRITE_PROMPTS))
    versions = versions.select_related("site").order_by("site__name", "-number")
    wanted = request.GET.get("version", "")
    if wanted:
        number = int(wanted) if wanted.isdecimal() and len(wanted) < 19 else 0
        chosen: PromptVersion | None = get_object_or_404(versions, pk=number)
    else:
        live = versions.filter(state=PromptVersion.State.PUBLISHED, language="")
        chosen = live.first() or versions.first()
    context = {
        **admin.site.each_context(request),
        "title": _("Playground"),
        "sites": sites_where(person, Ability.WRITE_PROMPTS),
        "versions": versions[:_VERSIONS_OFFERED],
        "chosen": chosen,
        "text": chosen.text if chosen else DEFAULT_PROMPT,
        "languages": languages.choices(),
        "temperature": settings.REPLY_TEMPERATURE,
        "max_tokens": settings.REPLY_MAX_TOKENS,
    }
    return render(request, "playground/page.html", context)


@policy(Policy.STAFF)
@admin.site.admin_view
@require_safe
def list_models(request: HttpRequest) -> JsonResponse:
    """The names of the models that can be asked."""
    _writer(request)
    return JsonResponse({"models": async_to_sync(_models)()})


@policy(Policy.STAFF)
@admin.site.admin_view
@require_POST
def save_case(request: HttpRequest) -> JsonResponse:
    """Keep the question as a test case of the site; wrong fields as JSON with status 400."""
    form = NewCaseForm(_writer(request), request.POST)
    if not form.is_valid():
        return JsonResponse({"errors": errors_of(form)}, status=400)
    case = form.save()
    page = reverse("admin:prompts_regressioncase_change", args=[case.pk])
    return JsonResponse({"detail": _("Saved as a test case."), "page": page})


async def _models() -> list[str]:
    gateway = new_gateway()
    try:
        return await gateway.models()
    finally:
        await gateway.aclose()


def _writer(request: HttpRequest) -> User:
    if not may(request.user, Ability.WRITE_PROMPTS):
        raise PermissionDenied
    return signed_in(request)
