"""The admin's pages for the gate's thresholds and for the canary beside the active version."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.audit import record_for
from accounts.installation_admin import InstallationAdmin
from accounts.role_admin import ReadOnly
from chatbot.workshop.canary.comparing import CONFIDENCE, compare
from chatbot.workshop.canary.words import row_shown
from chatbot.workshop.models import Canary, RolloutSettings
from inference.models import LanguageModelVersion, ModelKind


@admin.register(RolloutSettings)
class RolloutSettingsAdmin(InstallationAdmin):
    """What the gate demands and when a canary is taken back: one page, no list."""

    fieldsets = (
        (
            gettext_lazy("Gate: how much worse than the active version a version may be"),
            {
                "fields": (
                    "fewest_examples",
                    "perplexity_may_rise",
                    "token_f1_may_fall",
                    "recall_may_fall",
                    "speed_may_fall",
                    "first_token_may_rise",
                    "memory_may_rise",
                )
            },
        ),
        (
            gettext_lazy("Canary: how much worse it may be before it is taken back"),
            {
                "fields": (
                    "is_watched",
                    "least_conversations",
                    "failed_margin",
                    "handed_over_margin",
                    "unhelpful_margin",
                    "first_token_margin",
                )
            },
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Go to the one row, which begins with the defaults."""
        if not self.has_view_permission(request):
            return super().changelist_view(request, extra_context)
        RolloutSettings.objects.get_or_create(pk=1)
        return HttpResponseRedirect(reverse("admin:workshop_rolloutsettings_change", args=[1]))

    def save_model(self, request: HttpRequest, obj: RolloutSettings, form: Any, change: bool) -> None:
        with transaction.atomic():
            obj.save()
            if form.changed_data:
                record_for(request, "workshop.rollout_changed", about=obj, fields=form.changed_data)


@admin.register(Canary)
class CanaryAdmin(ReadOnly, InstallationAdmin):
    """The canary beside the active version; it is started and taken back on the page of its version."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Canary]:
        canaries: QuerySet[Canary] = super().get_queryset(request).filter(kind=ModelKind.LANGUAGE)
        return canaries.filter(state=LanguageModelVersion.State.CANARY)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the comparison instead of a list of one."""
        if not self.has_view_permission(request):
            return super().changelist_view(request, extra_context)
        context = {
            **self.admin_site.each_context(request),
            **_compared(),
            "title": _("Canary"),
            "opts": self.opts,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/workshop/canary.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the comparison; a version that is no canary is not found."""
        if self.get_object(request, object_id) is None:
            return super().change_view(request, object_id, form_url, extra_context)
        return self.changelist_view(request, extra_context)


def _compared() -> dict[str, Any]:
    canary = LanguageModelVersion.objects.canary(ModelKind.LANGUAGE)
    active = LanguageModelVersion.objects.active(ModelKind.LANGUAGE)
    limits = RolloutSettings.load()
    context: dict[str, Any] = {"canary": canary, "active": active, "limits": limits}
    if canary is not None and active is not None:
        comparison = compare(canary, active, limits.least_conversations)
        context |= {
            "comparison": comparison,
            "rows": [row_shown(row, limits.least_conversations) for row in comparison.rows],
            "confidence": round(100 * CONFIDENCE),
        }
    return context
