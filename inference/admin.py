from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import display

from accounts.networks import network_of_request
from accounts.policy import Ability, may, signed_in
from accounts.role_admin import ReadOnly
from inference.models import LanguageModelVersion, ModelKind


@admin.register(LanguageModelVersion)
class LanguageModelVersionAdmin(ReadOnly, ModelAdmin):
    """The installed versions and which of them answers; staff see them, superusers choose.

    Nothing is added or deleted here: `manage.py installmodel` brings the weights along with the row.
    Sentiment heads have pages of their own, where each is measured before it is used.
    """

    list_display = (
        "version",
        "state",
        "purpose",
        "parameters",
        "context",
        "size_on_disk",
        "licence",
        "change",
    )
    list_display_links = ("version",)
    list_filter = ("kind",)
    list_select_related = ("language_model",)
    actions = None
    ordering = ("kind", "language_model__name", "-number")
    search_fields = ("language_model__name", "language_model__hub_id")
    change_form_outer_before_template = "admin/inference/activation.html"
    fields = (
        ("version", "purpose"),
        ("parameters", "context"),
        ("languages", "licence"),
        ("hub_id", "source"),
        ("size_on_disk", "dtype"),
        ("path", "created_at"),
        "sha256",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[LanguageModelVersion]:
        return super().get_queryset(request).exclude(kind=ModelKind.SENTIMENT)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may(request.user, Ability.SEE_SITE)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may(request.user, Ability.SEE_SITE)

    def has_activate_permission(self, request: HttpRequest) -> bool:
        return may(request.user, Ability.RUN_INSTALLATION)

    def get_list_display(self, request: HttpRequest) -> list[str]:
        columns = list(super().get_list_display(request))
        return columns if self.has_activate_permission(request) else columns[:-1]

    def get_urls(self) -> list[URLPattern]:
        activation = self.admin_site.admin_view(self.activate)
        return [
            path("<int:version_id>/activate/", activation, name="inference_languagemodelversion_activate"),
            *super().get_urls(),
        ]

    @method_decorator(require_POST)
    def activate(self, request: HttpRequest, version_id: int) -> HttpResponse:
        """Let this version answer from the model server's next start on."""
        if not self.has_activate_permission(request):
            raise PermissionDenied
        version = get_object_or_404(
            self.get_queryset(request).select_related("language_model"), pk=version_id
        )
        version.activate(by=signed_in(request), network=network_of_request(request))
        self.log_change(request, version, "Activated.")
        text = gettext("%(version)s is active. The model server takes it when it next starts.")
        messages.success(request, text % {"version": version})
        return HttpResponseRedirect(reverse("admin:inference_languagemodelversion_changelist"))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = {"may_activate": self.has_activate_permission(request), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    @display(description=_("version"), ordering="language_model__name")
    def version(self, version: LanguageModelVersion) -> str:
        return version.display_name

    @display(description=_("state"), ordering="state", label={"active": "success", "installed": "default"})
    def state(self, version: LanguageModelVersion) -> tuple[str, Any]:
        return ("active", _("Active")) if version.is_active else ("installed", _("Installed"))

    @display(description=_("kind"), ordering="kind")
    def purpose(self, version: LanguageModelVersion) -> str:
        return version.get_kind_display()

    @display(description=_("parameters"), ordering="language_model__parameters")
    def parameters(self, version: LanguageModelVersion) -> str:
        millions = version.language_model.parameters / 1e6
        return f"{millions / 1000:.1f} B" if millions >= 1000 else f"{millions:.0f} M"

    @display(description=_("context length"), ordering="language_model__context_length")
    def context(self, version: LanguageModelVersion) -> int:
        return version.language_model.context_length

    @display(description=_("languages"), empty_value="–")
    def languages(self, version: LanguageModelVersion) -> str | None:
        return ", ".join(version.language_model.languages) or None

    @display(description=_("licence"), empty_value="–")
    def licence(self, version: LanguageModelVersion) -> str | None:
        return version.language_model.licence or None

    @display(description=_("Hugging Face id"), empty_value="–")
    def hub_id(self, version: LanguageModelVersion) -> str | None:
        return version.language_model.hub_id or None

    @display(description=_("size"), ordering="size")
    def size_on_disk(self, version: LanguageModelVersion) -> str:
        return filesizeformat(version.size)

    @display(description=_("In use"))
    def change(self, version: LanguageModelVersion) -> str:
        """A button of the list's own form, which carries the CSRF token."""
        if version.is_active:
            return format_html('<span class="parley-quiet">{}</span>', _("Now"))
        return format_html(
            '<button type="submit" class="parley-button" formaction="{}">{}</button>',
            reverse("admin:inference_languagemodelversion_activate", args=[version.pk]),
            _("Activate"),
        )
