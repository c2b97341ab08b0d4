"""The admin's page that turns a site's weekly report on."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext

from accounts.audit import record_for
from accounts.policy import Ability, signed_in, sites_where
from accounts.role_admin import RoleAdmin, SiteFilter
from chatbot.analytics.dispatching import can_mail
from chatbot.analytics.models import ReportSettings
from chatbot.analytics.reports.forms import ReportSettingsForm


@admin.register(ReportSettings)
class ReportSettingsAdmin(RoleAdmin):
    """When a site's report is sent, and to whom; it is off until somebody turns it on."""

    reads = Ability.MANAGE_SITE
    writes = Ability.MANAGE_SITE
    form = ReportSettingsForm
    list_display = ("site", "is_enabled", "weekday", "hour")
    list_filter = (SiteFilter,)
    list_select_related = ("site",)
    change_form_outer_before_template = "admin/analytics/report_settings.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReportSettings]:
        # There is one to change on every site, off.
        if request.user.is_authenticated:
            for site in sites_where(signed_in(request), self.writes).filter(report_settings__isnull=True):
                ReportSettings.objects.get_or_create(site=site)
        return super().get_queryset(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return ("site",) if obj else ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: ReportSettings, form: Any, change: bool) -> None:
        if obj.is_enabled and {"is_enabled", "weekday", "hour"} & set(form.changed_data):
            obj.enabled_at = timezone.now()
        with transaction.atomic():
            obj.save()
            if form.changed_data:
                record_for(
                    request, "report.settings_changed", site=obj.site, about=obj, fields=form.changed_data
                )
        if obj.is_enabled and not can_mail():
            messages.warning(request, gettext("No mail server is set, so that no mail is sent: EMAIL_URL."))
