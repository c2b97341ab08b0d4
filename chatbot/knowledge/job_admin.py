"""The admin's pages for indexing jobs, which keep themselves up to date while somebody waits."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe
from unfold.decorators import display

from accounts.policy import Ability, may
from accounts.role_admin import ReadOnly, RoleAdmin, SiteFilter
from chatbot.knowledge.models import Document, IndexJob
from chatbot.knowledge.problems import sentence

_COLOURS = {"waiting": "info", "running": "info", "done": "success", "failed": "danger"}
_SHOWN_FAILURES = 50


@admin.register(IndexJob)
class IndexJobAdmin(ReadOnly, RoleAdmin):
    """What the worker reads, has read and is to read."""

    reads = Ability.WRITE_KNOWLEDGE
    writes = Ability.WRITE_KNOWLEDGE
    list_display = ("created_at", "source", "site", "state_", "steps", "failed", "finished_at", "asked_by")
    list_display_links = ("created_at",)
    list_filter = (SiteFilter, "state")
    list_select_related = ("source", "site", "asked_by")
    fields = ("source", "site", "asked_by", "created_at", "started_at", "finished_at")
    change_form_outer_before_template = "admin/knowledge/job.html"

    def get_urls(self) -> list[URLPattern]:
        progress = self.admin_site.admin_view(self.progress)
        cancelling = self.admin_site.admin_view(self.cancel)
        return [
            path("<path:object_id>/progress/", progress, name="knowledge_indexjob_progress"),
            path("<path:object_id>/cancel/", cancelling, name="knowledge_indexjob_cancel"),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        job = self.get_object(request, object_id)
        context = progress_of(job) if job is not None else {}
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    @method_decorator(require_safe)
    def progress(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The part of a page that tells how far the job is, for htmx to swap in."""
        return render(request, "admin/knowledge/progress.html", progress_of(self._job(request, object_id)))

    @method_decorator(require_POST)
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Stop the job before its next document; what is read by then stays."""
        job = self._job(request, object_id)
        job.cancel()
        return HttpResponseRedirect(reverse("admin:knowledge_source_change", args=[job.source_id]))

    def _job(self, request: HttpRequest, object_id: str) -> IndexJob:
        jobs = self.get_queryset(request).select_related("source")
        job: IndexJob = get_object_or_404(jobs, pk=object_id if object_id.isdecimal() else None)
        if not may(request.user, self.writes, job.site_id):
            raise PermissionDenied
        return job

    @display(description=_("state"), ordering="state", label=_COLOURS)
    def state_(self, job: IndexJob) -> tuple[str, str]:
        return job.state, job.get_state_display()

    @display(description=_("documents"))
    def steps(self, job: IndexJob) -> str:
        return f"{job.done} / {job.total or '…'}"

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may(request.user, self.reads, self.site_id(obj))


def progress_of(job: IndexJob) -> dict[str, Any]:
    """Return what the template of a job's progress needs, the documents that could not be read among it."""
    failed = job.source.documents.filter(status=Document.Status.FAILED).order_by("-pk")[:_SHOWN_FAILURES]
    return {
        "job": job,
        "what": sentence(job.message) if job.message else "",
        "failures": [(document, sentence(document.error, document.detail)) for document in failed],
    }
