"""The pages of the dashboard. Each finds its figures among those of the sites that the person works for."""

from collections.abc import Iterable
from urllib.parse import urlencode

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.timezone import override
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from accounts.audit import record_for
from accounts.models import Site
from accounts.policy import Ability, Policy, may, policy, signed_in, sites_where
from chatbot.analytics.dashboard import exporting, listing, page
from chatbot.analytics.dashboard.choosing import MOST_DAYS, PRESETS, chosen_days, chosen_site
from chatbot.analytics.periods import Period, clock_of, today
from chatbot.conversations.models import Visitor

# Parts of the page with pages of their own, which load by themselves.
_ABOVE = ("alerts",)
_BELOW = ("topics", "documents")
_CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@policy(Policy.STAFF)
@admin.site.admin_view
@require_safe
@gzip_page
def show_dashboard(request: HttpRequest) -> HttpResponse:
    """The figures of one site and period, beside those of the period before."""
    site = chosen_site(request)
    day = today(site)
    choice = chosen_days(request.GET.dict(), day)
    dashboard = page.dashboard(
        site, choice.period, may_read=may(request.user, Ability.READ_CONVERSATIONS, site.pk)
    )
    context = {
        **admin.site.each_context(request),
        "title": _("Analytics"),
        "sites": sites_where(signed_in(request), Ability.READ_ANALYTICS),
        "choice": choice,
        "today": day,
        "most_days": MOST_DAYS,
        "presets": [(name, label) for name, (label, _period) in PRESETS.items()],
        "dashboard": dashboard,
        "query": urlencode({"site": site.pk, **choice.query}),
        "is_demo": Visitor.objects.filter(site=site).invented().exists(),
        "above": _sections(site, choice.period, _ABOVE),
        "below": _sections(site, choice.period, _BELOW),
    }
    # Whatever moment the page shows is read off the clock by which the days are counted.
    with override(dashboard.clock):
        return render(request, "analytics/dashboard.html", context)


@policy(Policy.STAFF)
@admin.site.admin_view
@require_safe
def show_conversations(request: HttpRequest) -> HttpResponse:
    """The conversations behind one number of the dashboard."""
    site = chosen_site(request, Ability.READ_CONVERSATIONS)
    try:
        wanted = listing.wanted(request.GET.dict(), today(site))
        rows = listing.page(site, wanted, request.GET.get("after", ""))
    except listing.NoSuchList:
        raise Http404("There is no such list.") from None
    first_page = request.GET.copy()
    first_page.pop("after", None)
    following = first_page.copy()
    following["after"] = rows.next_cursor
    context = {
        **admin.site.each_context(request),
        "title": _("Conversations behind a figure"),
        "site": site,
        "wanted": wanted,
        "value_name": listing.value_name(site, wanted),
        "page": rows,
        "is_first_page": "after" not in request.GET,
        "first_page": first_page.urlencode(),
        "next_page": following.urlencode() if rows.next_cursor else "",
        "back": f"{reverse('analytics:dashboard')}?{urlencode({'site': site.pk, **wanted.days_query})}",
    }
    with override(clock_of(site)):
        return render(request, "analytics/conversations.html", context)


@policy(Policy.STAFF)
@admin.site.admin_view
@require_safe
def export(request: HttpRequest, kind: str) -> HttpResponse:
    """The figures of one site and period as a file."""
    site = chosen_site(request)
    if kind not in _CONTENT_TYPES:
        raise Http404("There is no such format.")
    choice = chosen_days(request.GET.dict(), today(site))
    period = choice.period
    if choice.problem:
        raise Http404("There are no such days.")
    parts = exporting.parts_of(site, period)
    content = exporting.as_csv(parts) if kind == "csv" else exporting.as_xlsx(site, parts)
    record_for(
        request, "figures.exported", site=site, about=None, first=str(period.first), last=str(period.last)
    )
    name = exporting.file_name(site, period, kind)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=_CONTENT_TYPES[kind], headers=headers)


def _sections(site: Site, period: Period, names: Iterable[str]) -> list[tuple[str, str]]:
    """Return the names and addresses of those parts that this installation has."""
    query = urlencode({"site": site.pk, "first": period.first, "last": period.last})
    found = []
    for name in names:
        try:
            found.append((name, f"{reverse(f'analytics:{name}')}?{query}"))
        except NoReverseMatch:
            continue
    return found
