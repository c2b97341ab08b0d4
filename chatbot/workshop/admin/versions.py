"""The admin's pages for versions of data sets: the card, the files, and the difference of two."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import ProtectedError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import slugify
from django.utils.translation import gettext

from accounts.audit import record_for
from accounts.installation_admin import InstallationAdmin
from accounts.networks import network_of_request
from accounts.policy import signed_in
from chatbot.workshop.data_sets import card, versions
from chatbot.workshop.data_sets.differences import differences
from chatbot.workshop.models import PARTS, DataSetChanged, DataSetVersion, HeldConversation


@admin.register(DataSetVersion)
class DataSetVersionAdmin(InstallationAdmin):
    """Versions of data sets: made by the worker, read by everybody, changed by nobody."""

    list_display = ("__str__", "sha256", "created_by", "created_at")
    list_select_related = ("data_set", "created_by")
    change_form_template = "admin/workshop/version.html"

    class Media:
        css = {"all": ("admin/figures.css", "workshop/data_sets.css")}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        def view(method: Any, name: str) -> URLPattern:
            checked = self.admin_site.admin_view(method)
            return path(
                f"<path:object_id>/{name}/", checked, name=f"workshop_datasetversion_{method.__name__}"
            )

        return [
            view(self.compare, "compare"),
            view(self.card, "card"),
            view(self.download, "download/<slug:kind>"),
            view(self.erased, "erased"),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context: dict[str, Any] = {"subtitle": None}
        version = self.get_object(request, object_id)
        if isinstance(version, DataSetVersion) and self.has_view_permission(request):
            context |= {"title": str(version), **_shown(version)}
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def compare(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What another version of the data set holds instead."""
        version = self._found(request, object_id)
        others = version.data_set.versions.exclude(pk=version.pk).select_related("data_set")
        asked = request.GET.get("with", "")
        number = int(asked) if asked.isdecimal() and len(asked) < 10 else 0
        other = others.filter(number=number).first() or others.filter(number__lt=version.number).first()
        other = other or others.first()
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Compare %s") % version,
            "opts": self.opts,
            "version": version,
            "other": other,
            "others": others,
        }
        try:
            context["difference"] = differences(other, version) if other is not None else None
        except DataSetChanged as error:
            messages.error(request, str(error))
        return TemplateResponse(request, "admin/workshop/compare.html", context)

    def card(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The card as Markdown, in the reader's language."""
        version = self._found(request, object_id)
        response = HttpResponse(card.markdown(version), content_type="text/markdown; charset=utf-8")
        response.headers["Content-Disposition"] = f'attachment; filename="{_file_name(version)}-card.md"'
        return response

    def download(self, request: HttpRequest, object_id: str, kind: str) -> HttpResponse | FileResponse:
        """One part, as it lies on the disk; the record says who took it."""
        version = self._found(request, object_id)
        if kind not in PARTS:
            raise Http404
        try:
            file = (version.verified_folder() / f"{kind}.jsonl").open("rb")
        except DataSetChanged as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(reverse("admin:workshop_datasetversion_change", args=[version.pk]))
        record_for(request, "workshop.version_downloaded", about=version, file=f"{kind}.jsonl")
        name = f"{_file_name(version)}-{kind}.jsonl"
        return FileResponse(file, as_attachment=True, filename=name, content_type="application/x-ndjson")

    def erased(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Which versions hold a conversation, by its id, also after it was erased."""
        version = self._found(request, object_id)
        asked = request.GET.get("conversation", "").strip()[:64]
        held = HeldConversation.objects.of(asked).select_related("version__data_set") if asked else []
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Where a conversation is held"),
            "opts": self.opts,
            "version": version,
            "asked": asked,
            "held": held,
        }
        return TemplateResponse(request, "admin/workshop/held.html", context)

    def _found(self, request: HttpRequest, object_id: str) -> DataSetVersion:
        if not self.has_view_permission(request):
            raise PermissionDenied
        number = object_id if object_id.isdecimal() and len(object_id) < 19 else None
        rows = DataSetVersion.objects.select_related("data_set")
        version: DataSetVersion = get_object_or_404(rows, pk=number)
        return version

    def delete_model(self, request: HttpRequest, obj: DataSetVersion) -> None:
        versions.remove(obj, by=signed_in(request), network=network_of_request(request))

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except ProtectedError:
            messages.error(request, gettext("Jobs were done with it, so it stays."))
            return HttpResponseRedirect(reverse("admin:workshop_datasetversion_changelist"))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Let a version take along which conversations it holds."""
        return [str(version) for version in objs], {}, set(), []


def _shown(version: DataSetVersion) -> dict[str, Any]:
    try:
        version.verified_folder()
        changed = ""
    except DataSetChanged as error:
        changed = str(error)
    names = card.part_names()
    return {
        "version": version,
        "sections": card.sections(version),
        "parts": [(part, names[part], version.counts.get(part, 0)) for part in PARTS],
        "changed": changed,
        "is_usable": DataSetVersion.objects.usable().filter(pk=version.pk).exists(),
        "erased": version.held.erased().count(),
        "has_others": version.data_set.versions.exclude(pk=version.pk).exists(),
    }


def _file_name(version: DataSetVersion) -> str:
    return f"{slugify(version.data_set.name) or 'data-set'}-{version.number}"
