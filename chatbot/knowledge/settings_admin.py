"""The admin's page that says how a site's assistant uses what it knows."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.audit import record_for
from accounts.policy import Ability
from accounts.role_admin import RoleAdmin, SiteFilter
from chatbot.knowledge import nearest
from chatbot.knowledge.models import KnowledgeSettings
from chatbot.knowledge.ranking.parameters import tuned


class KnowledgeSettingsForm(forms.ModelForm[KnowledgeSettings]):
    """Asks for the mode and the thresholds."""

    class Meta:
        model = KnowledgeSettings
        fields = ("site", "mode", "low_threshold", "strong_threshold")

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for name, default in (("low_threshold", tuned().low), ("strong_threshold", tuned().strong)):
            self.fields[name].widget.attrs["placeholder"] = f"{default:.2f}"

    def clean(self) -> dict[str, Any]:
        """Refuse thresholds that are the wrong way round; what is left empty counts as the default."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        low, strong = data.get("low_threshold"), data.get("strong_threshold")
        if (tuned().strong if strong is None else strong) < (tuned().low if low is None else low):
            raise ValidationError(
                {"strong_threshold": _("It must not be smaller than the confidence to answer at all.")}
            )
        return data


@admin.register(KnowledgeSettings)
class KnowledgeSettingsAdmin(RoleAdmin):
    """How sites use what they know; a site without a row has the defaults."""

    reads = Ability.WRITE_KNOWLEDGE
    writes = Ability.WRITE_KNOWLEDGE
    form = KnowledgeSettingsForm
    list_display = ("site", "mode", "low_threshold", "strong_threshold")
    list_filter = (SiteFilter,)
    list_select_related = ("site",)
    change_form_outer_before_template = "admin/knowledge/settings.html"

    def get_readonly_fields(
        self, request: HttpRequest, obj: KnowledgeSettings | None = None
    ) -> tuple[str, ...]:
        return ("site",) if obj else ()

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Show beside the form where vectors are compared."""
        context = {"vectors_are_compared": nearest.where_vectors_are_compared(), **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, context)

    def save_model(self, request: HttpRequest, obj: KnowledgeSettings, form: Any, change: bool) -> None:
        with transaction.atomic():
            obj.save()
            if form.changed_data:
                record_for(
                    request, "knowledge.settings_changed", site=obj.site, about=obj, fields=form.changed_data
                )
