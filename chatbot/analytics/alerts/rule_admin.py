"""The admin's pages of alert rules."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from unfold.decorators import display

from accounts.audit import record_for
from accounts.policy import Ability, may, signed_in, sites_where
from accounts.role_admin import RoleAdmin, SiteFilter
from chatbot.analytics.alerts import shown, wording
from chatbot.analytics.alerts.metrics import Metric
from chatbot.analytics.alerts.trying import DAYS, tried
from chatbot.analytics.models import AlertRule
from chatbot.analytics.periods import clock_of

TERMS = (
    *("metric", "kind", "threshold", "smallest_change", "smallest_sample", "hours"),
    *("opens_after", "closes_after"),
)


class TermsForm(forms.ModelForm[AlertRule]):
    """What a rule asks, as the form holds it now, to be tried before it is saved."""

    class Meta:
        model = AlertRule
        fields = TERMS


@admin.register(AlertRule)
class AlertRuleAdmin(RoleAdmin):
    """The rules of a site; each page tells how often its rule would have fired."""

    reads = Ability.MANAGE_SITE
    writes = Ability.MANAGE_SITE
    list_display = ("metric", "kind", "site", "state", "is_enabled", "muted_until")
    list_filter = (SiteFilter, "metric", "is_enabled")
    list_select_related = ("site",)
    fields = (
        "site",
        ("metric", "kind"),
        ("threshold", "smallest_change"),
        ("smallest_sample", "hours"),
        ("opens_after", "closes_after"),
        "is_enabled",
        "muted_until",
    )
    change_form_outer_before_template = "admin/analytics/rule.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[AlertRule]:
        # Before the worker has come, too, there is something to change.
        if request.user.is_authenticated:
            for site in sites_where(signed_in(request), self.writes).filter(alert_rules__isnull=True):
                AlertRule.objects.usual_for(site)
        return super().get_queryset(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return ("site",) if obj else ()

    def get_urls(self) -> list[URLPattern]:
        preview = self.admin_site.admin_view(self.preview)
        return [
            path("<path:object_id>/preview/", preview, name="analytics_alertrule_preview"),
            *super().get_urls(),
        ]

    @method_decorator(require_safe)
    def preview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """How often the rule would have fired, with the terms that the query brings."""
        key = object_id if object_id.isdecimal() else None
        rule: AlertRule = get_object_or_404(self.get_queryset(request).select_related("site"), pk=key)
        if not may(request.user, self.writes, rule.site_id):
            raise PermissionDenied
        form = TermsForm(request.GET, instance=rule) if "threshold" in request.GET else None
        if form is not None and not form.is_valid():
            return render(request, "analytics/alerts/preview.html", {"form": form}, status=200)
        zone = clock_of(rule.site)
        now = timezone.now().astimezone(zone).replace(tzinfo=None)
        metric = Metric(rule.metric)
        fired = [{"fired": each, "worst": wording.shown(metric, each.worst)} for each in tried(rule, now)]
        return render(request, "analytics/alerts/preview.html", {"fired": fired, "days": DAYS, "rule": rule})

    def save_model(self, request: HttpRequest, obj: AlertRule, form: Any, change: bool) -> None:
        with transaction.atomic():
            obj.save() if not change else obj.save(update_fields=[*TERMS, "is_enabled", "muted_until"])
            if form.changed_data:
                record_for(request, "alert_rule.changed", site=obj.site, about=obj, fields=form.changed_data)

    def delete_model(self, request: HttpRequest, obj: AlertRule) -> None:
        with transaction.atomic():
            record_for(request, "alert_rule.deleted", site=obj.site, about=obj)
            obj.delete()

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Let a rule take its alerts along, which nobody deletes one by one."""
        listed, counts, _permissions_needed, protected = super().get_deleted_objects(objs, request)
        return listed, counts, set(), protected

    @display(
        description=_("state"),
        label={"ok": "success", "open": "danger", "pending": "warning", "off": "default"},
    )
    def state(self, rule: AlertRule) -> tuple[str, str]:
        return shown.rule_state(rule)
