"""The admin's page that turns a site's weekly report on."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext

from accounts.audit import record_for
from accounts.policy import Ability
from accounts.role_admin import SettingsAdmin
from chatbot.analytics.dispatching import can_mail
from chatbot.analytics.models import ReportSettings
from chatbot.analytics.reports.forms import ReportSettingsForm


@admin.register(ReportSettings)
class ReportSettingsAdmin(SettingsAdmin):
    """When a site's report is sent, and to whom; it is off until somebody turns it on."""

    reads = Ability.MANAGE_SITE
    writes = Ability.MANAGE_SITE
    form = ReportSettingsForm
    list_display = ("site", "is_enabled", "weekday", "hour")
    change_form_outer_before_template = "admin/analytics/report_settings.html"

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
