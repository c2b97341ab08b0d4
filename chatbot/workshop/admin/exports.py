"""The admin's pages for exports: choose a version and a format, watch it being written, download it."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe
from unfold.decorators import display
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminSelectWidget

from accounts.installation_admin import InstallationAdmin
from accounts.networks import network_of_request
from accounts.policy import signed_in
from chatbot.analytics.labelling.admin.runs import COLOURS
from chatbot.workshop.exports import asking
from chatbot.workshop.exports.asking import AlreadyAsked
from chatbot.workshop.exports.sending import file_response
from chatbot.workshop.exports.words import sentence
from chatbot.workshop.models import Export
from inference.exporting import NotExported
from inference.models import LanguageModelVersion


class ExportForm(forms.ModelForm[Export]):
    """Which version, and in which format."""

    version = forms.ModelChoiceField(
        LanguageModelVersion.objects.select_related("language_model"),
        label=_("Version"),
        widget=UnfoldAdminSelectWidget,
    )
    format = forms.ChoiceField(
        label=_("Format"),
        choices=Export.Format.choices,
        initial=Export.Format.HF,
        widget=UnfoldAdminRadioSelectWidget,
        help_text=_(
            "Language models: Hugging Face and GGUF. Encoders and sentiment heads: Hugging Face and ONNX. "
            "Rerankers: Hugging Face."
        ),
    )

    class Meta:
        model = Export
        fields = ("version", "format")


@admin.register(Export)
class ExportAdmin(InstallationAdmin):
    """Exports: to add one is to ask the worker for it."""

    form = ExportForm
    list_display = ("created_at", "version", "format", "state_", "size_", "kept", "asked_by")
    list_display_links = ("created_at",)
    list_filter = ("state", "format")
    list_select_related = ("version__language_model", "asked_by")
    change_form_template = "admin/workshop/export.html"
    fields = ("version", "format")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes the row: it says who took what. Its file is removed by a button of its own."""
        return False

    def get_urls(self) -> list[URLPattern]:
        def view(method: Any) -> URLPattern:
            name = method.__name__
            checked = self.admin_site.admin_view(method)
            return path(f"<path:object_id>/{name}/", checked, name=f"workshop_export_{name}")

        own = [view(method) for method in (self.progress, self.cancel, self.download, self.remove)]
        return [*own, *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"title": gettext("Export a version"), "show_save_and_add_another": False}
        context |= {"show_save_and_continue": False, **(extra_context or {})}
        try:
            return super().add_view(request, form_url, context)
        except AlreadyAsked as same:
            messages.info(request, gettext("This export waits or is at work already."))
            return self._to_page(same.export)
        except NotExported as refusal:
            messages.error(request, sentence(refusal.code, refusal.detail))
            return HttpResponseRedirect(request.path)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A link from a version's page names it."""
        return {"version": request.GET.get("version", ""), "format": request.GET.get("format", "hf")}

    def save_model(self, request: HttpRequest, obj: Export, form: Any, change: bool) -> None:
        export = asking.ask(
            obj.version, obj.format, by=signed_in(request), network=network_of_request(request)
        )
        obj.pk, obj.public_id = export.pk, export.public_id
        obj._state.adding = False

    def response_add(
        self, request: HttpRequest, obj: Export, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self._to_page(obj)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context: dict[str, Any] = {"title": _("Export"), "subtitle": None}
        if isinstance(export := self.get_object(request, object_id), Export):
            context |= _shown(export)
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    @method_decorator(require_safe)
    def progress(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The part of an export's page that changes, for htmx to swap in."""
        return render(
            request, "admin/workshop/export_progress.html", _shown(self._export(request, object_id))
        )

    @method_decorator(require_POST)
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End an export: its program is stopped, and there is no file."""
        export = self._export(request, object_id)
        export.cancel()
        return self._to_page(export)

    @method_decorator(require_safe)
    def download(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """The file, whole or from where a download was interrupted; each beginning goes on the record."""
        export = self._export(request, object_id)
        if not export.is_there:
            raise Http404
        try:
            response = file_response(request, export.file, export.file_name, export.sha256)
        except FileNotFoundError:
            raise Http404 from None
        if request.method == "GET" and response.status_code == 200:
            asking.note_download(export, by=signed_in(request), network=network_of_request(request))
        return response

    @method_decorator(require_POST)
    def remove(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Delete the file before its time."""
        export = self._export(request, object_id)
        if asking.remove(export, by=signed_in(request), network=network_of_request(request)):
            messages.success(request, gettext("The file was removed."))
        return self._to_page(export)

    def _export(self, request: HttpRequest, object_id: str) -> Export:
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = self.get_queryset(request).select_related("version__language_model", "asked_by")
        number = object_id if object_id.isdecimal() and len(object_id) < 19 else None
        export: Export = get_object_or_404(found, pk=number)
        return export

    def _to_page(self, export: Export) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:workshop_export_change", args=[export.pk]))

    @display(description=_("state"), ordering="state", label=COLOURS)
    def state_(self, export: Export) -> tuple[str, str]:
        return export.state, export.get_state_display()

    @display(description=_("size"), ordering="size", empty_value="–")
    def size_(self, export: Export) -> str | None:
        return filesizeformat(export.size) if export.is_there else None

    @display(description=_("kept until"), ordering="expires_at", empty_value="–")
    def kept(self, export: Export) -> Any:
        return export.expires_at if export.is_there else None


def _shown(export: Export) -> dict[str, Any]:
    """Return what an export's page shows."""
    return {
        "export": export,
        "what": sentence(export.message, export.detail) if export.message else "",
        "is_live": not export.is_finished,
    }
