"""The admin's page that says who is told of a site's alerts."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.audit import record_for
from accounts.policy import Ability, may
from accounts.role_admin import SettingsAdmin
from chatbot.analytics.dispatching import can_mail
from chatbot.analytics.models import WatchSettings
from chatbot.analytics.recipients_form import RecipientsForm


class WatchSettingsForm(RecipientsForm[WatchSettings]):
    """Asks who is told, and where."""

    class Meta:
        model = WatchSettings
        fields = ("site", "is_enabled", "sends_mail", "roles", "addresses", "language", "webhook_url")


@admin.register(WatchSettings)
class WatchSettingsAdmin(SettingsAdmin):
    """Who is told of a site's alerts."""

    reads = Ability.MANAGE_SITE
    writes = Ability.MANAGE_SITE
    form = WatchSettingsForm
    list_display = ("site", "is_enabled", "sends_mail", "webhook_url")
    change_form_outer_before_template = "admin/analytics/notifications.html"

    def get_urls(self) -> list[URLPattern]:
        secret = self.admin_site.admin_view(self.new_secret)
        return [
            path("<path:object_id>/secret/", secret, name="analytics_watchsettings_secret"),
            *super().get_urls(),
        ]

    @method_decorator(require_POST)
    def new_secret(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Sign with another secret from now on, and show it."""
        key = object_id if object_id.isdecimal() else None
        settings: WatchSettings = get_object_or_404(self.get_queryset(request).select_related("site"), pk=key)
        if not may(request.user, self.writes, settings.site_id):
            raise PermissionDenied
        with transaction.atomic():
            settings.secret_number += 1
            settings.save(update_fields=["secret_number"])
            record_for(request, "alert.secret_changed", site=settings.site, about=settings)
        context = {
            **self.admin_site.each_context(request),
            "title": _("The webhook's secret"),
            "opts": self.opts,
            "settings": settings,
        }
        return TemplateResponse(request, "admin/analytics/secret.html", context)

    def save_model(self, request: HttpRequest, obj: WatchSettings, form: Any, change: bool) -> None:
        with transaction.atomic():
            obj.save(update_fields=[name for name in form.Meta.fields if name != "site"])
            if form.changed_data:
                record_for(
                    request,
                    "alert.notifications_changed",
                    site=obj.site,
                    about=obj,
                    fields=form.changed_data,
                )
        if obj.sends_mail and not can_mail():
            messages.warning(request, gettext("No mail server is set, so that no mail is sent: EMAIL_URL."))
