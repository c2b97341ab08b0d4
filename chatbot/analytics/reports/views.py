"""The pages of reports, for those who manage the site."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.audit import record_for
from accounts.models import Site
from accounts.policy import Ability, Policy, policy, signed_in, sites_where
from chatbot.analytics.dashboard.choosing import chosen_site
from chatbot.analytics.dispatching import can_mail
from chatbot.analytics.models import Report, ReportSettings
from chatbot.analytics.periods import clock_of
from chatbot.analytics.reports import composing, making
from chatbot.analytics.reports.pictures import NAMES

_SHOWN = 60


@policy(Policy.STAFF)
@admin.site.admin_view
@require_safe
def show_reports(request: HttpRequest) -> HttpResponse:
    """Whether and when a site's report is sent, and those that were."""
    site = chosen_site(request, Ability.MANAGE_SITE)
    settings, _created = ReportSettings.objects.get_or_create(site=site)
    with timezone.override(clock_of(site)):
        context = {
            **admin.site.each_context(request),
            "title": _("Weekly report"),
            "site": site,
            "sites": sites_where(signed_in(request), Ability.MANAGE_SITE),
            "settings": settings,
            "recipients": settings.recipients(),
            "can_mail": can_mail(),
            "reports": Report.objects.filter(site=site).prefetch_related("dispatches")[:_SHOWN],
        }
        return render(request, "analytics/reports/list.html", context)


@policy(Policy.STAFF)
@admin.site.admin_view
@require_POST
def ask(request: HttpRequest, kind: str) -> HttpResponse:
    """Ask for a preview, or for a test to one's own address; says at once what stands in its way."""
    site = chosen_site(request, Ability.MANAGE_SITE)
    person = signed_in(request)
    if kind == Report.Kind.TEST and (problem := _problem_of_test(person.email)):
        messages.error(request, problem)
        return redirect(f"{reverse('analytics:reports')}?site={site.pk}")
    settings, _created = ReportSettings.objects.get_or_create(site=site)
    report = making.ask(site, Report.Kind(kind), person, settings.mail_language)
    record_for(request, "report.asked", site=site, about=report)
    return redirect("analytics:report", report.public_id)


@policy(Policy.STAFF)
@admin.site.admin_view
@require_safe
def show_report(request: HttpRequest, report_id: str) -> HttpResponse:
    """A report as its mail reads, and who got it; until then its progress. For htmx, the part alone."""
    report = _report(request, report_id)
    site: Site = report.site
    context: dict[str, Any] = {
        "site": site,
        "report": report,
        "dispatches": list(report.dispatches.all()),
        "can_mail": can_mail(),
    }
    context["is_live"] = report.state == Report.State.WAITING or any(
        dispatch.status == "waiting" for dispatch in context["dispatches"]
    )
    if report.state == Report.State.READY:
        addresses = {
            name: reverse("analytics:report_picture", args=[report.public_id, name]) for name in NAMES
        }
        with translation.override(report.language):
            context["mail"] = composing.body(report, addresses)
    if "part" in request.GET:
        return render(request, "analytics/reports/report_part.html", context)
    context |= {**admin.site.each_context(request), "title": _("Weekly report")}
    return render(request, "analytics/reports/report.html", context)


@policy(Policy.STAFF)
@admin.site.admin_view
@require_safe
def show_picture(request: HttpRequest, report_id: str, name: str) -> HttpResponse:
    """One of a report's pictures."""
    picture = get_object_or_404(_report(request, report_id).pictures, name=name)
    return HttpResponse(bytes(picture.png), content_type="image/png")


def _report(request: HttpRequest, report_id: str) -> Report:
    reports = Report.objects.seen_by(request.user).select_related("site", "asked_by")
    return get_object_or_404(reports, public_id=report_id)


def _problem_of_test(address: str) -> str:
    """Return what stands in the way of a test mail, or nothing."""
    if not can_mail():
        return _("No mail server is set: start Parley with EMAIL_URL. The preview works without one.")
    if not address:
        return _("Your account has no e-mail address to send the test to.")
    return ""
