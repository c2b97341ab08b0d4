"""The pages of topics. Each finds its rows among those of the sites that the person works for."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Site
from accounts.networks import network_of_request
from accounts.policy import Ability, Policy, may, policy, signed_in, sites_where
from chatbot.analytics.dashboard.choosing import chosen_days, chosen_site
from chatbot.analytics.models import Topic, TopicRun
from chatbot.analytics.periods import Period, clock_of, today
from chatbot.analytics.reading import totals
from chatbot.analytics.topics import finding, keeping, reading, tables
from chatbot.conversations.models import Visitor

_ON_PAGE = 100
_QUESTIONS_ON_PAGE = 50


@policy(Policy.STAFF)
@admin.site.admin_view
@require_safe
def show_section(request: HttpRequest) -> HttpResponse:
    """The most frequent topics, for the dashboard."""
    site = chosen_site(request)
    period = chosen_days(request.GET.dict(), today(site)).period
    return render(request, "analytics/topics/section.html", _overview(request, site, period, most=10))


@policy(Policy.STAFF)
@admin.site.admin_view
@require_safe
def show_topics(request: HttpRequest) -> HttpResponse:
    """All topics of a site and period."""
    site = chosen_site(request)
    choice = chosen_days(request.GET.dict(), today(site))
    context = {
        **admin.site.each_context(request),
        **_overview(request, site, choice.period, most=_ON_PAGE),
        "title": _("Topics"),
        "sites": sites_where(signed_in(request), Ability.READ_ANALYTICS),
        "choice": choice,
        "run": TopicRun.objects.filter(site=site).first(),
        "hidden": Topic.objects.filter(site=site, is_hidden=True).standing(),
        "back": f"{reverse('analytics:dashboard')}?{_query(site, choice.period)}",
    }
    with override(clock_of(site)):
        return render(request, "analytics/topics/page.html", context)


@policy(Policy.STAFF)
@admin.site.admin_view
@require_safe
def show_topic(request: HttpRequest, topic: int) -> HttpResponse:
    """One topic: its days, what its questions have in common, and the questions."""
    found = _readable(request, topic)
    site = found.site
    choice = chosen_days(request.GET.dict(), today(site))
    questions = reading.questions_of(found, choice.period)
    page = Paginator(questions, _QUESTIONS_ON_PAGE).get_page(request.GET.get("page"))
    keeps = may(request.user, Ability.WRITE_KNOWLEDGE, site.pk)
    context = {
        **admin.site.each_context(request),
        "title": found.name,
        "site": site,
        "topic": found,
        "period": choice.period,
        "choice": choice,
        "page": page,
        "facts": reading.facts_of(questions),
        "panel": tables.days_panel(found, reading.by_day(found, choice.period)),
        "reads": may(request.user, Ability.READ_CONVERSATIONS, site.pk),
        "keeps": keeps,
        "parts": found.parts.all(),
        "others": Topic.objects.filter(site=site).standing().exclude(pk=found.pk).order_by("name")
        if keeps
        else (),
        "longest_name": keeping.LONGEST_NAME,
        "back": f"{reverse('analytics:topics_page')}?{_query(site, choice.period)}",
        "days_query": urlencode({"first": choice.period.first, "last": choice.period.last}),
    }
    with override(clock_of(site)):
        return render(request, "analytics/topics/topic.html", context)


@policy(Policy.STAFF)
@admin.site.admin_view
@require_POST
def rename(request: HttpRequest, topic: int) -> HttpResponse:
    """Give a topic another name."""
    found = _kept(request, topic)
    try:
        keeping.rename(found, request.POST.get("name", ""), **_doer(request))
    except keeping.NotKept as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Saved."))
    return redirect("analytics:topic", found.pk)


@policy(Policy.STAFF)
@admin.site.admin_view
@require_POST
def merge(request: HttpRequest, topic: int) -> HttpResponse:
    """Count a topic's questions to another one."""
    found = _kept(request, topic)
    wanted = request.POST.get("into", "")
    is_number = wanted.isascii() and wanted.isdigit() and len(wanted) < 19
    into = get_object_or_404(_topics_kept(request), pk=int(wanted) if is_number else 0)
    try:
        keeping.merge(found, into, **_doer(request))
    except keeping.NotKept as error:
        messages.error(request, str(error))
        return redirect("analytics:topic", found.pk)
    messages.success(request, _("The questions of “%(name)s” count here now.") % {"name": found.name})
    return redirect("analytics:topic", into.pk)


@policy(Policy.STAFF)
@admin.site.admin_view
@require_POST
def part(request: HttpRequest, topic: int) -> HttpResponse:
    """Let merged topics be topics of their own again."""
    found = _kept(request, topic)
    keeping.part(found, **_doer(request))
    messages.success(request, _("Saved."))
    return redirect("analytics:topic", found.pk)


@policy(Policy.STAFF)
@admin.site.admin_view
@require_POST
def hide(request: HttpRequest, topic: int) -> HttpResponse:
    """List a topic no more, or again when `shown` is sent."""
    found = _kept(request, topic)
    keeping.hide(found, "shown" not in request.POST, **_doer(request))
    messages.success(request, _("Saved."))
    return redirect("analytics:topic", found.pk)


@policy(Policy.STAFF)
@admin.site.admin_view
@require_POST
def find(request: HttpRequest) -> HttpResponse:
    """Ask the worker for a site's topics now."""
    site = chosen_site(request, Ability.WRITE_KNOWLEDGE)
    finding.ask_for_run(site, by=signed_in(request))
    return redirect(f"{reverse('analytics:topics_page')}?{urlencode({'site': site.pk})}")


@policy(Policy.STAFF)
@admin.site.admin_view
@require_safe
def show_progress(request: HttpRequest) -> HttpResponse:
    """How far the search for a site's topics is."""
    site = chosen_site(request)
    context = {"site": site, "run": TopicRun.objects.filter(site=site).first()}
    return render(request, "analytics/topics/progress.html", context)


def _overview(request: HttpRequest, site: Site, period: Period, most: int) -> dict[str, Any]:
    topics = reading.overview(site, period, most)
    answers = may(request.user, Ability.WRITE_KNOWLEDGE, site.pk)
    return {
        "site": site,
        "period": period,
        "topics": topics,
        "is_demo": Visitor.objects.filter(site=site).invented().exists(),
        "table": tables.topics_table(_("Most frequent topics"), topics.rows, period),
        "rising": tables.topics_table(_("Rising, and not among these"), topics.rising, period),
        "query": _query(site, period),
        "keeps": answers,
        "unknown": totals(site, period).unknown if answers else 0,
    }


def _query(site: Site, period: Period) -> str:
    return urlencode({"site": site.pk, "first": period.first, "last": period.last})


def _readable(request: HttpRequest, topic: int) -> Topic:
    topics = Topic.objects.read_by(signed_in(request)).select_related("site", "merged_into")
    return get_object_or_404(topics, pk=topic)


def _topics_kept(request: HttpRequest) -> Any:
    return Topic.objects.kept_by(signed_in(request)).select_related("site")


def _kept(request: HttpRequest, topic: int) -> Topic:
    """Return the topic if the person may change it; raises Http404."""
    return get_object_or_404(_topics_kept(request), pk=topic)


def _doer(request: HttpRequest) -> dict[str, Any]:
    return {"by": signed_in(request), "network": network_of_request(request)}
