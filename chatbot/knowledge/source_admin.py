"""The admin's pages for sources of knowledge."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display

from accounts.audit import record_for
from accounts.policy import Ability, may, signed_in
from accounts.role_admin import RoleAdmin, SiteFilter
from chatbot.knowledge.adding import put_file, put_text, write_text
from chatbot.knowledge.job_admin import progress_of
from chatbot.knowledge.job_queue import ask, plan_refresh
from chatbot.knowledge.models import Document, IndexJob, Passage, Source
from chatbot.knowledge.refreshing import FETCHED
from chatbot.knowledge.removing import remove_source, switch
from chatbot.knowledge.source_forms import ABOUT, FIELDS, FORMS

Kind = Source.Kind
_JOB_COLOURS = {"waiting": "info", "running": "info", "done": "success", "failed": "danger"}


@admin.register(Source)
class SourceAdmin(RoleAdmin):
    """The sources of a person's sites: each kind has a form of its own, and shows how its last job went."""

    reads = Ability.WRITE_KNOWLEDGE
    writes = Ability.WRITE_KNOWLEDGE
    list_display = ("name", "site", "kind", "enabled", "documents_", "last_job", "refresh_at")
    list_filter = (SiteFilter, "kind", "is_enabled")
    list_select_related = ("site",)
    search_fields = ("name", "url")
    change_form_outer_before_template = "admin/knowledge/source.html"

    class Media:
        js = ("knowledge/files.js",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Source]:
        last = IndexJob.objects.filter(source=OuterRef("pk")).order_by("-pk").values("pk")[:1]
        status = Document.Status
        sources: QuerySet[Source] = super().get_queryset(request)
        return sources.annotate(
            last_job_id=Subquery(last),
            document_count=Count("documents"),
            ready_count=Count("documents", filter=Q(documents__status=status.READY)),
            failed_count=Count("documents", filter=Q(documents__status=status.FAILED)),
        )

    def get_form(
        self, request: HttpRequest, obj: Source | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        kwargs["form"] = FORMS[_kind(request, obj)]
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Source | None = None) -> tuple[str, ...]:
        own = FIELDS[_kind(request, obj)]
        return ("site", "name", *own, "is_enabled") if obj else ("site", "name", *own)

    def get_readonly_fields(self, request: HttpRequest, obj: Source | None = None) -> tuple[str, ...]:
        return ("site",) if obj else ()

    def get_urls(self) -> list[URLPattern]:
        reading = self.admin_site.admin_view(self.read)
        return [path("<path:object_id>/read/", reading, name="knowledge_source_read"), *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        chosen = _kind(request, None)
        context = {
            "kinds": [(kind.value, kind.label, kind == chosen) for kind in _order()],
            "about_kind": ABOUT[chosen],
            "title": gettext("Add a source of knowledge"),
        }
        return super().add_view(request, form_url, {**context, **(extra_context or {})})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        source = self.get_object(request, object_id)
        context: dict[str, Any] = {}
        if source is not None:
            job = IndexJob.objects.filter(pk=source.last_job_id).select_related("source").first()
            context = {
                **(progress_of(job) if job else {}),
                "is_fetched": source.kind in FETCHED,
                "passages": Passage.objects.filter(document__source=source).count(),
            }
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: Source, form: Any, change: bool) -> None:
        person = signed_in(request)
        with transaction.atomic():
            if not change:
                obj.kind, obj.created_by = _kind(request, None), person
            obj.save()
            self._store_content(request, obj, form, change)
            if change and "is_enabled" in form.changed_data:
                switch(obj, obj.is_enabled)
            if not change:
                record_for(request, "knowledge.source_added", site=obj.site, about=obj)
            elif form.changed_data:
                record_for(
                    request, "knowledge.source_changed", site=obj.site, about=obj, fields=form.changed_data
                )

    def _store_content(self, request: HttpRequest, source: Source, form: Any, change: bool) -> None:
        person = signed_in(request)
        if source.kind == Kind.TEXT and {"text", "name"} & set(form.changed_data):
            document = source.documents.order_by("pk").first()
            if document is None:
                put_text(source, source.name, form.cleaned_data["text"], person)
            else:
                write_text(document, source.name, form.cleaned_data["text"], person, url=document.url)
        elif source.kind == Kind.FILE:
            for file in form.cleaned_data["uploaded"]:
                put_file(source, file.name, file, person)
        elif source.kind in FETCHED:
            if "refresh" in form.changed_data:
                plan_refresh(source)
            if not change or {"url", "max_depth", "max_pages"} & set(form.changed_data):
                ask(source, by=person, whole=True)

    def delete_model(self, request: HttpRequest, obj: Source) -> None:
        with transaction.atomic():
            count = obj.documents.count()
            record_for(request, "knowledge.source_removed", site=obj.site, about=obj, documents=count)
            remove_source(obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Let a source take along what came from it, which nobody deletes one by one."""
        _listed, counts, _permissions_needed, protected = super().get_deleted_objects(objs, request)
        return [str(source) for source in objs], counts, set(), protected

    def response_add(
        self, request: HttpRequest, obj: Source, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Go on to the source's page, where its first job is under way."""
        super().response_add(request, obj, post_url_continue)
        return HttpResponseRedirect(reverse("admin:knowledge_source_change", args=[obj.pk]))

    def response_change(self, request: HttpRequest, obj: Source) -> HttpResponse:
        super().response_change(request, obj)
        return HttpResponseRedirect(reverse("admin:knowledge_source_change", args=[obj.pk]))

    @method_decorator(require_POST)
    def read(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let the worker read the whole source again."""
        sources = self.get_queryset(request)
        source = get_object_or_404(sources, pk=object_id if object_id.isdecimal() else None)
        if not may(request.user, self.writes, source.site_id):
            raise PermissionDenied
        with transaction.atomic():
            if source.kind not in FETCHED:
                source.documents.update(status=Document.Status.WAITING)
            ask(source, by=signed_in(request), whole=True)
        messages.success(request, gettext("It is read again."))
        return HttpResponseRedirect(reverse("admin:knowledge_source_change", args=[source.pk]))

    @display(description=_("enabled"), ordering="is_enabled", boolean=True)
    def enabled(self, source: Source) -> bool:
        return source.is_enabled

    @display(description=_("documents"), ordering="document_count")
    def documents_(self, source: Any) -> str:
        """The number of documents, and of those that could not be read, leading to the list of them."""
        address = f"{reverse('admin:knowledge_document_changelist')}?source__id__exact={source.pk}"
        text = gettext("%d ready") % source.ready_count
        if not source.failed_count:
            return format_html('<a href="{}">{}</a>', address, text)
        failed = gettext("%d failed") % source.failed_count
        return format_html(
            '<a href="{}">{}</a> · <a class="parley-bad" href="{}&status__exact=failed">{}</a>',
            address,
            text,
            address,
            failed,
        )

    @display(description=_("last reading"), label=_JOB_COLOURS, empty_value="–")
    def last_job(self, source: Any) -> tuple[str, str] | None:
        job = IndexJob.objects.filter(pk=source.last_job_id).first()
        if job is None:
            return None
        percent = (
            f" {job.percent} %" if job.state == IndexJob.State.RUNNING and job.percent is not None else ""
        )
        return job.state, f"{job.get_state_display()}{percent}"


def _kind(request: HttpRequest, source: Source | None) -> str:
    """Return the kind that a page is about: the source's, or the one that the address names."""
    wanted = source.kind if source else request.GET.get("kind", "")
    return wanted if wanted in FORMS else Kind.TEXT.value


def _order() -> list[Kind]:
    return [Kind.TEXT, Kind.FILE, Kind.PAGE, Kind.SITEMAP, Kind.CRAWL, Kind.ANSWERS]
