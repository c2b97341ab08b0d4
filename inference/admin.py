from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
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

from accounts.audit import record_for
from accounts.networks import network_of_request
from accounts.policy import Ability, may, signed_in
from accounts.role_admin import ReadOnly
from inference import activating, removal
from inference.gates import NotBetter, verdict_on
from inference.models import LanguageModelVersion, ModelKind, ServerRestart, TransitionRefused
from inference.version_page import shown

STATE_COLOURS = {
    "active": "success",
    "canary": "warning",
    "candidate": "info",
    "installed": "default",
    "retired": "default",
}


@admin.register(LanguageModelVersion)
class LanguageModelVersionAdmin(ReadOnly, ModelAdmin):
    """The registry: every version with its state, what it was made of, and which one answers.

    Staff see it, superusers choose. Nothing is added here: `manage.py installmodel` and the workshop bring
    weights along with a row. Sentiment heads have pages of their own, where each is measured before it is
    used.
    """

    list_display = (
        "version",
        "state_",
        "made_of",
        "purpose",
        "parameters",
        "context",
        "size_on_disk",
        "licence",
        "change",
    )
    list_display_links = ("version",)
    list_filter = ("kind", "state")
    list_select_related = ("language_model", "parent__language_model")
    actions = None
    ordering = ("kind", "language_model__name", "-number")
    search_fields = ("language_model__name", "language_model__hub_id")
    change_form_outer_before_template = "admin/inference/version.html"
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
        def view(method: Any, route: str) -> URLPattern:
            checked = self.admin_site.admin_view(method)
            return path(route, checked, name=f"inference_languagemodelversion_{method.__name__}")

        return [
            view(self.activate, "<int:version_id>/activate/"),
            view(self.start_canary, "<int:version_id>/canary/"),
            view(self.stop_canary, "<int:version_id>/canary/stop/"),
            view(self.remove, "<int:version_id>/remove/"),
            view(self.restart, "restart/"),
            *super().get_urls(),
        ]

    @method_decorator(require_POST)
    def activate(self, request: HttpRequest, version_id: int) -> HttpResponse:
        """Let this version answer: past the gate, or with a reason that goes on the record."""
        version = self._chosen(request, version_id)
        try:
            activating.activate(
                version,
                by=signed_in(request),
                network=network_of_request(request),
                override=request.POST.get("reason", ""),
            )
        except NotBetter as refusal:
            messages.error(request, gettext("Not activated. %s") % refusal)
            return self._to_page(version)
        self.log_change(request, version, "Activated.")
        if version.kind == ModelKind.LANGUAGE:
            text = gettext(
                "%(version)s is active. The model server loads it beside the one before and hands over to it."
            )
        else:
            text = gettext("%(version)s is active. The model server takes it when it next starts.")
        messages.success(request, text % {"version": version})
        return HttpResponseRedirect(reverse("admin:inference_languagemodelversion_changelist"))

    @method_decorator(require_POST)
    def start_canary(self, request: HttpRequest, version_id: int) -> HttpResponse:
        """Let this version answer a share of the conversations that begin from now on."""
        version = self._chosen(request, version_id)
        percent = request.POST.get("percent", "")
        try:
            activating.start_canary(
                version,
                int(percent) if percent.isascii() and percent.isdecimal() and len(percent) < 4 else 0,
                by=signed_in(request),
                network=network_of_request(request),
                override=request.POST.get("reason", ""),
            )
        except NotBetter as refusal:
            messages.error(request, gettext("Not started. %s") % refusal)
        except TransitionRefused as refusal:
            messages.error(request, str(refusal))
        else:
            words = gettext("%(version)s answers %(percent)s %% of the conversations that begin from now on.")
            messages.success(request, words % {"version": version, "percent": percent})
        return self._to_page(version)

    @method_decorator(require_POST)
    def stop_canary(self, request: HttpRequest, version_id: int) -> HttpResponse:
        """Take the canary back; its conversations go on with the active version."""
        version = self._chosen(request, version_id)
        reason = request.POST.get("reason", "").strip()[:500] or gettext("by hand")
        if version.stop_canary(reason, by=signed_in(request), network=network_of_request(request)):
            words = gettext("%(version)s is taken back. Its conversations go on with the active version.")
            messages.success(request, words % {"version": version})
        else:
            messages.error(request, gettext("%(version)s is no canary any more.") % {"version": version})
        return self._to_page(version)

    @method_decorator(require_POST)
    def remove(self, request: HttpRequest, version_id: int) -> HttpResponse:
        """Delete the version and its files."""
        version = self._chosen(request, version_id)
        name = version.display_name
        try:
            freed = removal.delete(version, by=signed_in(request), network=network_of_request(request))
        except TransitionRefused as refusal:
            messages.error(request, str(refusal))
            return self._to_page(version)
        words = gettext("%(version)s is deleted; %(size)s of disk space are free again.")
        messages.success(request, words % {"version": name, "size": filesizeformat(freed)})
        return HttpResponseRedirect(reverse("admin:inference_languagemodelversion_changelist"))

    @method_decorator(require_POST)
    def restart(self, request: HttpRequest) -> HttpResponse:
        """Ask the model servers to end, so that whoever watches over them starts them again."""
        if not self.has_activate_permission(request):
            raise PermissionDenied
        with transaction.atomic():
            ServerRestart.objects.create()
            record_for(request, "language_model.restart_asked")
        text = gettext("The model servers start again. Answers that are being written go on after it.")
        messages.success(request, text)
        return HttpResponseRedirect(reverse("admin:inference_languagemodelversion_changelist"))

    def _chosen(self, request: HttpRequest, version_id: int) -> LanguageModelVersion:
        """Return the version for who may choose; raises PermissionDenied and Http404."""
        if not self.has_activate_permission(request):
            raise PermissionDenied
        versions = self.get_queryset(request).select_related("language_model")
        return get_object_or_404(versions, pk=version_id)

    def _to_page(self, version: LanguageModelVersion) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:inference_languagemodelversion_change", args=[version.pk]))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = dict(extra_context or {})
        if isinstance(version := self.get_object(request, object_id), LanguageModelVersion):
            context |= shown(version, may_activate=self.has_activate_permission(request))
        return super().change_view(request, object_id, form_url, context)

    @display(description=_("version"), ordering="language_model__name")
    def version(self, version: LanguageModelVersion) -> str:
        return version.display_name

    @display(description=_("state"), ordering="state", label=STATE_COLOURS)
    def state_(self, version: LanguageModelVersion) -> tuple[str, Any]:
        if version.state == LanguageModelVersion.State.CANARY:
            return version.state, f"{version.get_state_display()} · {version.canary_percent} %"
        return version.state, version.get_state_display()

    @display(description=_("made of"), empty_value="–")
    def made_of(self, version: LanguageModelVersion) -> str | None:
        return version.parent.display_name if version.parent is not None else None

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
        """A button of the list's own form, which carries the CSRF token; a link where the gate is closed."""
        if version.is_active:
            return format_html('<span class="parley-quiet">{}</span>', _("Now"))
        if not verdict_on(version).is_free:
            address = reverse("admin:inference_languagemodelversion_change", args=[version.pk])
            return format_html(
                '<a class="parley-button parley-plain" href="{}">{}</a>', address, _("Figures")
            )
        return format_html(
            '<button type="submit" class="parley-button" formaction="{}">{}</button>',
            reverse("admin:inference_languagemodelversion_activate", args=[version.pk]),
            _("Activate") if version.activated_at is None else _("Go back to it"),
        )
