"""The pages of the workbench. Each finds its rows among those that the person may read or write."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Site
from accounts.networks import network_of_request
from accounts.policy import Ability, Policy, may, policy, signed_in, sites_where
from chatbot.conversations.answering.manner import manner_of
from chatbot.conversations.reading import record_reading
from chatbot.operators.assistance.languages import shown_name
from chatbot.operators.workbench import given_answers, shown, unanswered
from chatbot.operators.workbench.forms import SettleForm
from chatbot.operators.workbench.trying import LANGUAGES

_PERIODS = (1, 7, 30, 90)
_USUAL_PERIOD = 30


@policy(Policy.STAFF)
@admin.site.admin_view
@require_safe
def show_try(request: HttpRequest) -> HttpResponse:
    """Where a question is tried; the answer itself comes over the workbench's socket."""
    site = chosen_site(request, Ability.WRITE_KNOWLEDGE)
    manner = manner_of(site.pk)
    context = {
        **page_context(request, site, Ability.WRITE_KNOWLEDGE, _("Try it")),
        "languages": [(code, shown_name(code)) for code in LANGUAGES],
        "modes": shown.MODES.items(),
        "low": manner["low"],
        "strong": manner["strong"],
        "most_characters": settings.MESSAGE_MAX_CHARACTERS,
    }
    return render(request, "operators/workbench/try.html", context)


@policy(Policy.STAFF)
@admin.site.admin_view
@require_safe
def show_unanswered(request: HttpRequest) -> HttpResponse:
    """What visitors asked in vain, by meaning. Conversations are linked for those who may read them."""
    site = chosen_site(request, Ability.WRITE_KNOWLEDGE)
    days = given_answers.number(request.GET.get("days", ""))
    days = days if days in _PERIODS else _USUAL_PERIOD
    context = {
        **page_context(request, site, Ability.WRITE_KNOWLEDGE, _("Unanswered questions")),
        "overview": unanswered.overview(site, timezone.now() - timedelta(days=days)),
        "most_questions": unanswered.MOST_QUESTIONS,
        "periods": _PERIODS,
        "days": days,
        "reads": may(request.user, Ability.READ_CONVERSATIONS, site.pk),
    }
    return render(request, "operators/workbench/unanswered.html", context)


@policy(Policy.STAFF)
@admin.site.admin_view
@require_POST
def set_aside(request: HttpRequest) -> HttpResponse:
    """Take a group of questions off the list without an answer."""
    site = chosen_site(request, Ability.WRITE_KNOWLEDGE)
    form = SettleForm(request.POST)
    if form.is_valid():
        keys = form.cleaned_data["settles"].split(",")
        unanswered.settle(site, keys, signed_in(request), is_answered=False)
        messages.success(request, _("Set aside."))
    return redirect(on_site("workbench:unanswered", site))


@policy(Policy.STAFF)
@admin.site.admin_view
@require_safe
def show_answers(request: HttpRequest) -> HttpResponse:
    """The answers that were given on a site, newest first."""
    site = chosen_site(request, Ability.READ_CONVERSATIONS)
    choice = given_answers.chosen(request.GET.dict())
    before = given_answers.number(request.GET.get("before", ""))
    versions, models = given_answers.offered(site)
    page = given_answers.page(site, choice, before)
    narrowed = request.GET.copy()
    if page.next_before is not None:
        narrowed["before"] = str(page.next_before)
    context = {
        **page_context(request, site, Ability.READ_CONVERSATIONS, _("Answers given")),
        "rows": [(trace, shown.KINDS.get(trace.kind, "")) for trace in page.traces],
        "next_page": narrowed.urlencode() if page.next_before is not None else "",
        "is_first_page": before is None,
        "choice": choice,
        "kinds": shown.KINDS.items(),
        "versions": versions,
        "models": models,
    }
    return render(request, "operators/workbench/answers.html", context)


@policy(Policy.STAFF)
@admin.site.admin_view
@require_safe
def show_trace(request: HttpRequest, message_id: str) -> HttpResponse:
    """How one answer came about; to who may not read its conversation it does not exist."""
    person = signed_in(request)
    trace = get_object_or_404(given_answers.of_person(person), message__public_id=message_id)
    conversation = trace.message.conversation
    record_reading(conversation, person, network_of_request(request))
    context = {
        **page_context(
            request, conversation.site, Ability.READ_CONVERSATIONS, _("How this answer came about")
        ),
        "sites": (),
        "answer": shown.linked(shown.of_trace(trace), conversation.site, person),
        "message": trace.message,
        "conversation": conversation,
        "curates": may(person, Ability.WRITE_KNOWLEDGE, conversation.site_id),
    }
    return render(request, "operators/workbench/trace.html", context)


def chosen_site(request: HttpRequest, ability: Ability) -> Site:
    """Return the site that the request names, or the person's first one, on which they have `ability`.

    Raises PermissionDenied without one; another site than that does not exist (404).
    """
    sites = sites_where(signed_in(request), ability)
    wanted = request.POST.get("site") or request.GET.get("site", "")
    if wanted:
        return get_object_or_404(sites, pk=given_answers.number(wanted))
    site = sites.first()
    if site is None:
        raise PermissionDenied
    return site


def page_context(request: HttpRequest, site: Site, ability: Ability, title: str) -> dict[str, Any]:
    """Return what every page of the workbench shows around its own."""
    return {
        **admin.site.each_context(request),
        "title": title,
        "site": site,
        "sites": sites_where(signed_in(request), ability),
    }


def on_site(name: str, site: Site) -> str:
    """Return the address of a page of the workbench for the site."""
    return f"{reverse(name)}?site={site.pk}"
