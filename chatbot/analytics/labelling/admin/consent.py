"""The page on which a site's owner lets corrected messages be learnt from, or not."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest

from accounts.audit import record_for
from accounts.policy import Ability
from accounts.role_admin import RoleAdmin, SiteFilter
from chatbot.analytics.models import LabellingSettings


@admin.register(LabellingSettings)
class LabellingSettingsAdmin(RoleAdmin):
    """What sites let their corrections be used for; a site without a row lets nothing out."""

    reads = Ability.MANAGE_SITE
    writes = Ability.MANAGE_SITE
    fields = ("site", "trains_sentiment")
    list_display = ("site", "trains_sentiment")
    list_filter = (SiteFilter,)
    list_select_related = ("site",)

    def get_readonly_fields(
        self, request: HttpRequest, obj: LabellingSettings | None = None
    ) -> tuple[str, ...]:
        return ("site",) if obj else ()

    def save_model(self, request: HttpRequest, obj: LabellingSettings, form: Any, change: bool) -> None:
        with transaction.atomic():
            obj.save()
            if "trains_sentiment" in form.changed_data:
                self._record(request, obj, "yes" if obj.trains_sentiment else "no")

    def delete_model(self, request: HttpRequest, obj: LabellingSettings) -> None:
        with transaction.atomic():
            if obj.trains_sentiment:
                self._record(request, obj, "no")
            obj.delete()

    def _record(self, request: HttpRequest, obj: LabellingSettings, allowed: str) -> None:
        record_for(request, "sentiment.consent_changed", site=obj.site, about=obj, allowed=allowed)
