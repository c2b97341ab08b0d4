"""The pages of alerts. Each finds its rows among those of the sites whose analytics the person reads."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Site
from accounts.networks import network_of_request
from accounts.policy import Ability, Policy, may, policy, signed_in, sites_where
from chatbot.analytics.alerts import acting, charting, shown
from chatbot.analytics.alerts.forms import AcknowledgeForm, MuteForm, NoteForm, muted_until
from chatbot.analytics.dashboard.choosing import chosen_site
from chatbot.analytics.models import Alert, Dispatch
from chatbot.analytics.periods import clock_of

_PAGE = 50
_FORMS: dict[str, type[forms.Form]] = {"acknowledge": AcknowledgeForm, "mute": MuteForm, "note": NoteForm}


@policy(Policy.STAFF)
@admin.site.admin_view
@require_safe
def show_alerts(request: HttpRequest) -> HttpResponse:
    """The alerts of a site, open ones first, and how its rules stand. Asked for by htmx, the rows alone."""
    site = chosen_site(request, Ability.READ_ANALYTICS)
    context: dict[str, Any] = {
        "site": site,
        "rows": shown.alert_rows(Alert.objects.filter(site=site).open_first()[:_PAGE]),
        "rules": shown.rule_rows(site),
        "manages": may(request.user, Ability.MANAGE_SITE, site.pk),
    }
    with timezone.override(clock_of(site)):
        if "rows" in request.GET:
            return render(request, "analytics/alerts/rows.html", context)
        sites = sites_where(signed_in(request), Ability.READ_ANALYTICS)
        context |= {**admin.site.each_context(request), "title": _("Alerts"), "sites": sites}
        return render(request, "analytics/alerts/list.html", context)


@policy(Policy.STAFF)
@admin.site.admin_view
@require_safe
def show_fragment(request: HttpRequest) -> HttpResponse:
    """What is open on one site, or on all of the person's sites, as a part of other pages."""
    alerts = Alert.objects.seen_by(request.user).not_closed()
    if request.GET.get("site"):
        alerts = alerts.filter(site=chosen_site(request, Ability.READ_ANALYTICS))
    context = {
        "rows": shown.alert_rows(alerts.open_first()[:_PAGE]),
        "names_sites": "site" not in request.GET,
    }
    return render(request, "analytics/alerts/fragment.html", context)


@policy(Policy.STAFF)
@admin.site.admin_view
@require_safe
def show_alert(request: HttpRequest, alert_id: str) -> HttpResponse:
    """One alert: its history, its chart, who was told."""
    return _alert_page(request, _alert(request, alert_id))


@policy(Policy.STAFF)
@admin.site.admin_view
@require_POST
def act(request: HttpRequest, alert_id: str, action: str) -> HttpResponse:
    """Acknowledge, annotate, mute or unmute; for those who answer the site's visitors."""
    alert = _alert(request, alert_id)
    if not may(request.user, Ability.ANSWER_VISITORS, alert.site_id):
        raise PermissionDenied
    person, network = signed_in(request), network_of_request(request) or ""
    if action == "unmute":
        acting.unmute(alert, person, network=network)
        return _done(request, alert, _("People hear of it again."))
    form = _FORMS[action](request.POST)
    if not form.is_valid():
        return _alert_page(request, alert, {action: form}, status=400)
    if action == "acknowledge":
        changed = acting.acknowledge(alert, person, form.cleaned_data["note"], network=network)
        return _done(request, alert, _("Acknowledged.") if changed else _("It is not open any more."))
    if action == "mute":
        acting.mute(alert, muted_until(form.cleaned_data["hours"]), person, network=network)
        return _done(request, alert, _("Muted."))
    acting.add_note(alert, person, form.cleaned_data["note"])
    return _done(request, alert, _("Noted."))


@policy(Policy.STAFF)
@admin.site.admin_view
@require_POST
def send_again(request: HttpRequest, dispatch_id: str) -> HttpResponse:
    """Send a message about alerts or a report once more, for those who manage the site."""
    sites = sites_where(signed_in(request), Ability.MANAGE_SITE)
    failed = Dispatch.objects.filter(site__in=sites, status=Dispatch.Status.FAILED)
    dispatch = get_object_or_404(failed.select_related("report", "notice"), public_id=dispatch_id)
    dispatch.send_again()
    messages.success(request, _("It is sent again within a minute."))
    if dispatch.report is not None:
        return redirect("analytics:report", dispatch.report.public_id)
    event = dispatch.notice.events.select_related("alert").first() if dispatch.notice else None
    return redirect("analytics:alert", event.alert.public_id) if event else redirect("analytics:alert_list")


def _alert(request: HttpRequest, alert_id: str) -> Alert:
    alerts = Alert.objects.seen_by(request.user).select_related("rule", "site", "acknowledged_by")
    return get_object_or_404(alerts, public_id=alert_id)


def _done(request: HttpRequest, alert: Alert, words: str) -> HttpResponse:
    messages.success(request, words)
    return redirect("analytics:alert", alert.public_id)


def _alert_page(
    request: HttpRequest, alert: Alert, forms_sent: dict[str, forms.Form] | None = None, status: int = 200
) -> HttpResponse:
    site: Site = alert.site
    now, zone = timezone.now(), clock_of(site)
    hours = charting.hours_around(
        alert, now, zone, may_read=may(request.user, Ability.READ_CONVERSATIONS, site.pk)
    )
    with timezone.override(zone):
        context = {
            **admin.site.each_context(request),
            "title": str(alert),
            "site": site,
            "alert": alert,
            "row": shown.alert_row(alert),
            "is_muted": alert.rule.is_muted(now),
            "events": alert.events.select_related("by"),
            "dispatches": Dispatch.objects.filter(notice__events__alert=alert).distinct(),
            "hours": hours,
            "chart": charting.chart(alert, hours),
            "acts": may(request.user, Ability.ANSWER_VISITORS, site.pk),
            "manages": may(request.user, Ability.MANAGE_SITE, site.pk),
            "acknowledge_form": AcknowledgeForm(),
            "note_form": NoteForm(auto_id="id_write_%s"),
            "mute_form": MuteForm(),
            **{f"{action}_form": form for action, form in (forms_sent or {}).items()},
        }
        return render(request, "analytics/alerts/alert.html", context, status=status)
