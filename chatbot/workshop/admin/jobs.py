"""The admin's pages for jobs: say what is wanted, see what it takes, begin, and watch what becomes of it."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display

from accounts.networks import network_of_request
from accounts.policy import signed_in
from chatbot.workshop.admin.job_forms import JobForm
from chatbot.workshop.admin.job_page import estimate_shown, shown
from chatbot.workshop.jobs import asking, kinds
from chatbot.workshop.jobs.asking import Refused
from chatbot.workshop.jobs.kinds import JobKind
from chatbot.workshop.models import WorkshopJob
from inference.job_admin import COLOURS, JobAdmin


@admin.register(WorkshopJob)
class WorkshopJobAdmin(JobAdmin):
    """Jobs of the workshop: to add one is to ask the worker for it."""

    list_display = ("created_at", "kind", "base", "state_", "progress_", "made", "asked_by", "finished_at")
    list_display_links = ("created_at",)
    list_filter = ("state", "kind")
    list_select_related = ("base__language_model", "made__language_model", "asked_by")
    fields = ()
    job_title = _("Job")
    progress_template = "admin/workshop/job_progress.html"
    related = ("base__language_model", "teacher__language_model", "made__language_model", "data__data_set")
    styles = ("admin/figures.css", "analytics/charts.css", "workshop/jobs.css")
    job_views = ("progress", "cancel", "pause", "go_on", "again")

    def get_urls(self) -> list[URLPattern]:
        return [self.checked("estimate/", self.estimate), *super().get_urls()]

    def shown(self, job: WorkshopJob) -> dict[str, Any]:
        return shown(job)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask what is wanted; then, with ?kind=, for what a job of that kind needs."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        name = request.GET.get("kind", "")
        if not name:
            return self._add_page(request, None, None)
        kind = self._kind(name)
        form = JobForm(kind, request.POST if request.method == "POST" else None)
        if request.method == "POST" and "check" not in request.POST and form.is_valid():
            try:
                job = asking.ask(form.wish(), by=signed_in(request), network=network_of_request(request))
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                return self.to_page(job)
        return self._add_page(request, kind, form)

    @method_decorator(require_POST)
    def estimate(self, request: HttpRequest) -> HttpResponse:
        """What the job on the form would take, for htmx to swap in."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = JobForm(self._kind(request.GET.get("kind", "")), request.POST)
        return render(request, "admin/workshop/job_estimate.html", estimate_shown(form))

    @method_decorator(require_POST)
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End a job: its program is stopped, and no version is made."""
        job = self.job(request, object_id)
        asking.cancel(job, by=signed_in(request), network=network_of_request(request))
        return self.to_page(job)

    @method_decorator(require_POST)
    def pause(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Stop a job's program for now; its checkpoints stay, and the next job in line begins."""
        job = self.job(request, object_id)
        if not job.pause():
            messages.warning(request, gettext("This job has ended already."))
        return self.to_page(job)

    @method_decorator(require_POST)
    def go_on(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Put a paused job into the line again, or one that failed with a checkpoint left."""
        job = self.job(request, object_id)
        try:
            asking.go_on(job)
        except Refused as refusal:
            messages.error(request, str(refusal))
        return self.to_page(job)

    @method_decorator(require_POST)
    def again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for a job like this one, from the beginning."""
        job = self.job(request, object_id)
        try:
            new = asking.ask(asking.wish_of(job), by=signed_in(request), network=network_of_request(request))
        except Refused as refusal:
            messages.error(request, str(refusal))
            return self.to_page(job)
        return self.to_page(new)

    def _kind(self, name: str) -> JobKind:
        kind = kinds.kind_of(name)
        if kind is None:
            raise Http404
        return kind

    def _add_page(self, request: HttpRequest, kind: JobKind | None, form: JobForm | None) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": kind.wish if kind else gettext("What do you want?"),
            "opts": self.opts,
            "kinds": kinds.ALL,
            "kind": kind,
            "form": form,
            **(estimate_shown(form) if form is not None else {}),
        }
        return TemplateResponse(request, "admin/workshop/job_add.html", context)

    @display(description=_("state"), ordering="state", label=COLOURS)
    def state_(self, job: WorkshopJob) -> tuple[str, str]:
        is_resting = job.is_paused and not job.is_finished
        return job.state, gettext("Paused") if is_resting else job.get_state_display()
