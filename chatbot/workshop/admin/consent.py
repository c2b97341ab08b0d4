"""The page on which a site's owner lets conversations go into data sets, or not."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest

from accounts.audit import record_for
from accounts.policy import Ability
from accounts.role_admin import RoleAdmin, SiteFilter
from chatbot.workshop.models import ConversationConsent


@admin.register(ConversationConsent)
class ConversationConsentAdmin(RoleAdmin):
    """What sites let their conversations be used for; a site without a row lets nothing out."""

    reads = Ability.MANAGE_SITE
    writes = Ability.MANAGE_SITE
    fields = ("site", "allows_data_sets")
    list_display = ("site", "allows_data_sets")
    list_filter = (SiteFilter,)
    list_select_related = ("site",)

    def get_readonly_fields(
        self, request: HttpRequest, obj: ConversationConsent | None = None
    ) -> tuple[str, ...]:
        return ("site",) if obj else ()

    def save_model(self, request: HttpRequest, obj: ConversationConsent, form: Any, change: bool) -> None:
        with transaction.atomic():
            obj.save()
            if "allows_data_sets" in form.changed_data:
                self._record(request, obj, "yes" if obj.allows_data_sets else "no")

    def delete_model(self, request: HttpRequest, obj: ConversationConsent) -> None:
        with transaction.atomic():
            if obj.allows_data_sets:
                self._record(request, obj, "no")
            obj.delete()

    def _record(self, request: HttpRequest, obj: ConversationConsent, allowed: str) -> None:
        record_for(request, "workshop.consent_changed", site=obj.site, about=obj, allowed=allowed)
