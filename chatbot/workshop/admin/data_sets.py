"""The admin's pages for data sets: where examples come from, how they are cleaned, what is made of them."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import ProtectedError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.installation_admin import InstallationAdmin
from accounts.networks import network_of_request
from accounts.policy import signed_in
from chatbot.workshop.admin.data_set_acts import DataSetActs
from chatbot.workshop.admin.data_set_forms import DataSetForm
from chatbot.workshop.admin.data_set_shown import page_of, progress_of, shown_samples
from chatbot.workshop.admin.examples import examples_page
from chatbot.workshop.data_sets import asking, versions
from chatbot.workshop.data_sets.uploads import MOST_BYTES
from chatbot.workshop.models import DataSet, Example

_RULES = ("intents", "double_share", "only_reviewed", "validation_share", "test_share")


@admin.register(DataSet)
class DataSetAdmin(DataSetActs, InstallationAdmin):
    """Data sets; the page of one shows what is in it and asks for what is to be done."""

    form = DataSetForm
    list_display = ("name", "kind", "examples_", "newest_", "created_at")
    list_display_links = ("name",)
    list_filter = ("kind",)
    search_fields = ("name",)
    change_form_outer_before_template = "admin/workshop/data_set.html"

    class Media:
        css = {"all": ("admin/figures.css", "workshop/data_sets.css")}
        js = ("knowledge/files.js",)

    def get_fieldsets(self, request: HttpRequest, obj: DataSet | None = None) -> Any:
        if obj is None:
            return [(None, {"fields": ("name", "kind", "purpose")})]
        return [(_("Settings"), {"fields": ("name", "purpose", *_RULES)})]

    def get_urls(self) -> list[URLPattern]:
        def view(method: Any, name: str) -> URLPattern:
            checked = self.admin_site.admin_view(method)
            # How much of an upload is kept: see knowledge.upload_limit.
            checked.upload_bytes = MOST_BYTES
            return path(f"<path:object_id>/{name}/", checked, name=f"workshop_dataset_{method.__name__}")

        acts = ("upload", "collect", "clean", "augment", "version", "cancel", "progress", "examples")
        return [
            *(view(getattr(self, name), name) for name in acts),
            view(self.drop, "drop/<int:source_id>"),
            view(self.samples, "samples/<slug:kind>"),
            *super().get_urls(),
        ]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"show_save_and_add_another": False, "show_save": False, **(extra_context or {})}
        return super().add_view(request, form_url, context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context: dict[str, Any] = {"show_save_and_add_another": False, "subtitle": None}
        data_set = self.get_object(request, object_id)
        if isinstance(data_set, DataSet) and self.has_view_permission(request):
            context |= {"title": str(data_set), **page_of(data_set)}
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def progress(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The part of the page that changes while the worker is at it, for htmx to swap in."""
        context = progress_of(self.found(request, object_id))
        response = TemplateResponse(request, "admin/workshop/data_set_progress.html", context)
        if not context["is_live"]:
            # All that stands below it is of before.
            response.headers["HX-Refresh"] = "true"
        return response

    def examples(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The examples, searched and filtered."""
        data_set = self.found(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Examples of %s") % data_set,
            "opts": self.opts,
            **examples_page(data_set, request.GET),
        }
        return TemplateResponse(request, "admin/workshop/examples.html", context)

    def samples(self, request: HttpRequest, object_id: str, kind: str) -> HttpResponse:
        """What a step of cleaning removed and changed: some of it, and why."""
        data_set = self.found(request, object_id)
        step = get_object_or_404(data_set.steps, kind=kind)
        context = {
            **self.admin_site.each_context(request),
            "title": f"{data_set}: {step}",
            "opts": self.opts,
            "data_set": data_set,
            "step": step,
            "samples": shown_samples(step),
        }
        return TemplateResponse(request, "admin/workshop/samples.html", context)

    def found(self, request: HttpRequest, object_id: str) -> DataSet:
        """Return the data set for whoever runs the installation; raises PermissionDenied and Http404."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        number = object_id if object_id.isdecimal() and len(object_id) < 19 else None
        data_set: DataSet = get_object_or_404(DataSet.objects, pk=number)
        return data_set

    def delete_model(self, request: HttpRequest, obj: DataSet) -> None:
        versions.remove_data_set(obj, by=signed_in(request), network=network_of_request(request))

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        data_set = self.get_object(request, object_id)
        if request.method == "POST" and isinstance(data_set, DataSet) and asking.is_at_work(data_set):
            messages.error(request, gettext("Work on this data set goes on. Cancel it first."))
            return HttpResponseRedirect(self.page(data_set))
        try:
            return super().delete_view(request, object_id, extra_context)
        except ProtectedError:
            messages.error(request, gettext("Jobs were done with a version of it, so it stays."))
            return HttpResponseRedirect(reverse("admin:workshop_dataset_changelist"))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Let a data set take along what nobody deletes one by one."""
        return [str(data_set) for data_set in objs], {}, set(), []

    def response_add(
        self, request: HttpRequest, obj: DataSet, post_url_continue: str | None = None
    ) -> HttpResponse:
        return HttpResponseRedirect(self.page(obj))

    @display(description=_("examples"))
    def examples_(self, data_set: DataSet) -> int:
        return Example.objects.filter(data_set=data_set).there().count()

    @display(description=_("newest version"), empty_value="–")
    def newest_(self, data_set: DataSet) -> str | None:
        version = data_set.versions.first()
        return f"{version.number} · {version.total}" if version is not None else None
