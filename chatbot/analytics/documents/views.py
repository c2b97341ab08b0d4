"""The pages of documents, for those who write knowledge."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.timezone import override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import Site
from accounts.policy import Ability, Policy, may, policy, signed_in, sites_where
from chatbot.analytics.charts.small import bar
from chatbot.analytics.dashboard.choosing import chosen_days, chosen_site
from chatbot.analytics.dashboard.tables import Cell, table
from chatbot.analytics.dashboard.writing import written
from chatbot.analytics.documents import reading
from chatbot.analytics.periods import Period, clock_of, today
from chatbot.conversations.models import Visitor
from chatbot.knowledge.models import Document

_ON_PAGE = 200
_ANSWERS_ON_PAGE = 50


@policy(Policy.STAFF)
@admin.site.admin_view
@require_safe
def show_section(request: HttpRequest) -> HttpResponse:
    """The documents most used and never used, for the dashboard; nothing for who writes no knowledge."""
    site = chosen_site(request)
    if not may(request.user, Ability.WRITE_KNOWLEDGE, site.pk):
        return HttpResponse()
    period = chosen_days(request.GET.dict(), today(site)).period
    context = _overview(request, site, period, reading.MOST_LISTED)
    return render(request, "analytics/documents/section.html", context)


@policy(Policy.STAFF)
@admin.site.admin_view
@require_safe
def show_documents(request: HttpRequest) -> HttpResponse:
    """The use of a site's documents in a period."""
    site = chosen_site(request, Ability.WRITE_KNOWLEDGE)
    choice = chosen_days(request.GET.dict(), today(site))
    context = {
        **admin.site.each_context(request),
        **_overview(request, site, choice.period, _ON_PAGE),
        "title": _("Use of documents"),
        "sites": sites_where(signed_in(request), Ability.WRITE_KNOWLEDGE),
        "choice": choice,
        "back": f"{reverse('analytics:dashboard')}?{_query(site, choice.period)}",
    }
    return render(request, "analytics/documents/page.html", context)


@policy(Policy.STAFF)
@admin.site.admin_view
@require_safe
def show_document(request: HttpRequest, document: str) -> HttpResponse:
    """The answers of a period that rest on one document."""
    sites = sites_where(signed_in(request), Ability.WRITE_KNOWLEDGE)
    readable = sites_where(signed_in(request), Ability.READ_CONVERSATIONS)
    own = Document.objects.filter(site__in=sites).filter(site__in=readable).select_related("site")
    found = get_object_or_404(own, public_id=document)
    choice = chosen_days(request.GET.dict(), today(found.site))
    answers = Paginator(reading.answers_with(found, choice.period), _ANSWERS_ON_PAGE)
    context = {
        **admin.site.each_context(request),
        "title": str(found),
        "document": found,
        "site": found.site,
        "period": choice.period,
        "page": answers.get_page(request.GET.get("page")),
        "days_query": urlencode({"first": choice.period.first, "last": choice.period.last}),
        "back": f"{reverse('analytics:documents_page')}?{_query(found.site, choice.period)}",
    }
    with override(clock_of(found.site)):
        return render(request, "analytics/documents/document.html", context)


def _overview(request: HttpRequest, site: Site, period: Period, most: int) -> dict[str, Any]:
    documents = reading.overview(site, period, most)
    reads = may(request.user, Ability.READ_CONVERSATIONS, site.pk)
    return {
        "site": site,
        "period": period,
        "documents": documents,
        "is_demo": Visitor.objects.filter(site=site).invented().exists(),
        "used": _used(documents, period, reads),
        "query": _query(site, period),
    }


def _used(documents: reading.Documents, period: Period, reads: bool) -> SafeString:
    """Return the table of the used documents; numbers lead to the answers for those who may read them."""
    days = urlencode({"first": period.first, "last": period.last})
    rows = []
    for used in documents.used:
        behind = reverse("analytics:document", args=[used.document.public_id])
        rows.append(
            (
                Cell(str(used.document), reverse("admin:knowledge_document_change", args=[used.document.pk])),
                [
                    Cell(str(used.document.source)),
                    Cell(written(used.uses, "count"), f"{behind}?{days}" if reads else ""),
                    Cell(written(used.share, "share"), drawing=bar(used.share)),
                ],
            )
        )
    return table(_("Most used documents"), [_("Document"), _("Source"), _("Answers"), _("Share")], rows)


def _query(site: Site, period: Period) -> str:
    return urlencode({"site": site.pk, "first": period.first, "last": period.last})
