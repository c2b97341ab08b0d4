"""The admin's pages for jobs: say what is wanted, see what it takes, begin, and watch what becomes of it."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe
from unfold.decorators import display

from accounts.installation_admin import InstallationAdmin
from accounts.networks import network_of_request
from accounts.policy import signed_in
from chatbot.analytics.labelling.admin.runs import COLOURS
from chatbot.workshop.admin.job_forms import JobForm
from chatbot.workshop.admin.job_page import estimate_shown, shown
from chatbot.workshop.jobs import asking, kinds
from chatbot.workshop.jobs.asking import Refused
from chatbot.workshop.jobs.kinds import JobKind
from chatbot.workshop.models import WorkshopJob


@admin.register(WorkshopJob)
class WorkshopJobAdmin(InstallationAdmin):
    """Jobs of the workshop: to add one is to ask the worker for it."""

    list_display = ("created_at", "kind", "base", "state_", "progress_", "made", "asked_by", "finished_at")
    list_display_links = ("created_at",)
    list_filter = ("state", "kind")
    list_select_related = ("base__language_model", "made__language_model", "asked_by")
    change_form_template = "admin/workshop/job.html"
    fields = ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes a job: it says where a version comes from."""
        return False

    def get_urls(self) -> list[URLPattern]:
        def view(method: Any, address: str) -> URLPattern:
            return path(
                address, self.admin_site.admin_view(method), name=f"workshop_workshopjob_{method.__name__}"
            )

        return [
            view(self.estimate, "estimate/"),
            view(self.progress, "<path:object_id>/progress/"),
            view(self.cancel, "<path:object_id>/cancel/"),
            view(self.pause, "<path:object_id>/pause/"),
            view(self.go_on, "<path:object_id>/go-on/"),
            view(self.again, "<path:object_id>/again/"),
            *super().get_urls(),
        ]

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
                return self._to_page(job)
        return self._add_page(request, kind, form)

    @method_decorator(require_POST)
    def estimate(self, request: HttpRequest) -> HttpResponse:
        """What the job on the form would take, for htmx to swap in."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = JobForm(self._kind(request.GET.get("kind", "")), request.POST)
        return render(request, "admin/workshop/job_estimate.html", estimate_shown(form))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context: dict[str, Any] = {"title": _("Job"), "subtitle": None}
        if isinstance(job := self.get_object(request, object_id), WorkshopJob):
            context |= shown(job)
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    @method_decorator(require_safe)
    def progress(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The part of a job's page that changes, for htmx to swap in."""
        return render(request, "admin/workshop/job_progress.html", shown(self._job(request, object_id)))

    @method_decorator(require_POST)
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End a job: its program is stopped, and no version is made."""
        job = self._job(request, object_id)
        asking.cancel(job, by=signed_in(request), network=network_of_request(request))
        return self._to_page(job)

    @method_decorator(require_POST)
    def pause(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Stop a job's program for now; its checkpoints stay, and the next job in line begins."""
        job = self._job(request, object_id)
        if not job.pause():
            messages.warning(request, gettext("This job has ended already."))
        return self._to_page(job)

    @method_decorator(require_POST)
    def go_on(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Put a paused job into the line again, or one that failed with a checkpoint left."""
        job = self._job(request, object_id)
        try:
            asking.go_on(job)
        except Refused as refusal:
            messages.error(request, str(refusal))
        return self._to_page(job)

    @method_decorator(require_POST)
    def again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for a job like this one, from the beginning."""
        job = self._job(request, object_id)
        try:
            new = asking.ask(asking.wish_of(job), by=signed_in(request), network=network_of_request(request))
        except Refused as refusal:
            messages.error(request, str(refusal))
            return self._to_page(job)
        return self._to_page(new)

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

    def _job(self, request: HttpRequest, object_id: str) -> WorkshopJob:
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = self.get_queryset(request).select_related(
            "base__language_model", "teacher__language_model", "made__language_model", "data__data_set"
        )
        number = object_id if object_id.isdecimal() and len(object_id) < 19 else None
        job: WorkshopJob = get_object_or_404(found, pk=number)
        return job

    def _to_page(self, job: WorkshopJob) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:workshop_workshopjob_change", args=[job.pk]))

    @display(description=_("state"), ordering="state", label=COLOURS)
    def state_(self, job: WorkshopJob) -> tuple[str, str]:
        is_resting = job.is_paused and not job.is_finished
        return job.state, gettext("Paused") if is_resting else job.get_state_display()

    @display(description=_("progress"), empty_value="–")
    def progress_(self, job: WorkshopJob) -> str | None:
        return f"{job.percent} %" if job.percent is not None else None
