"""The pages of the dashboard. Each finds its figures among those of the sites that the person works for."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.policy import Ability, Policy, policy, signed_in, sites_where
from chatbot.analytics.dashboard.choosing import chosen_site


@policy(Policy.STAFF)
@admin.site.admin_view
@require_safe
def show_dashboard(request: HttpRequest) -> HttpResponse:
    """The figures of one site and period."""
    site = chosen_site(request)
    context = {
        **admin.site.each_context(request),
        "title": _("Analytics"),
        "site": site,
        "sites": sites_where(signed_in(request), Ability.READ_ANALYTICS),
    }
    return render(request, "analytics/dashboard.html", context)
