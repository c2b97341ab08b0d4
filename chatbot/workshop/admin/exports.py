"""The admin's pages for exports: choose a version and a format, watch it being written, download it."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.defaultfilters import filesizeformat
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe
from unfold.decorators import display
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminSelectWidget

from accounts.networks import network_of_request
from accounts.policy import signed_in
from chatbot.workshop.exports import asking
from chatbot.workshop.exports.asking import AlreadyAsked
from chatbot.workshop.exports.sending import file_response
from chatbot.workshop.exports.words import sentence
from chatbot.workshop.models import Export
from inference.exporting import NotExported
from inference.job_admin import JobAdmin
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
class ExportAdmin(JobAdmin):
    """Exports: to add one is to ask the worker for it."""

    form = ExportForm
    list_display = ("created_at", "version", "format", "state_", "size_", "kept", "asked_by")
    list_display_links = ("created_at",)
    list_filter = ("state", "format")
    list_select_related = ("version__language_model", "asked_by")
    fields = ("version", "format")
    ask_title = _("Export a version")
    ask_note = _(
        "The worker writes the version into one file that other programs read, with its tokenizer "
        "and its model card. It is kept for some days, and only whoever runs the installation can "
        "download it."
    )
    job_title = _("Export")
    progress_template = "admin/workshop/export_progress.html"
    related = ("version__language_model", "asked_by")
    job_views = ("progress", "cancel", "download", "remove")

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            return super().add_view(request, form_url, extra_context)
        except AlreadyAsked as same:
            messages.info(request, gettext("This export waits or is at work already."))
            return self.to_page(same.export)
        except NotExported as refusal:
            messages.error(request, sentence(refusal.code, refusal.detail))
            return HttpResponseRedirect(request.path)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A link from a version's page names it."""
        return {"version": request.GET.get("version", ""), "format": request.GET.get("format", "hf")}

    def shown(self, job: Export) -> dict[str, Any]:
        return _shown(job)

    def ask(self, request: HttpRequest, form: Any) -> Export:
        data = form.cleaned_data
        return asking.ask(
            data["version"], data["format"], by=signed_in(request), network=network_of_request(request)
        )

    @method_decorator(require_POST)
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End an export: its program is stopped, and there is no file."""
        export = self.job(request, object_id)
        export.cancel()
        return self.to_page(export)

    @method_decorator(require_safe)
    def download(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """The file, whole or from where a download was interrupted; each beginning goes on the record."""
        export = self.job(request, object_id)
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
        export = self.job(request, object_id)
        if asking.remove(export, by=signed_in(request), network=network_of_request(request)):
            messages.success(request, gettext("The file was removed."))
        return self.to_page(export)

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
