"""The base of admin pages about jobs of the worker: to add a row is to ask for the work."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from unfold.decorators import display

from accounts.installation_admin import InstallationAdmin
from inference.jobs import Job

COLOURS = {"waiting": "warning", "running": "info", "done": "success", "failed": "danger"}


class JobAdmin(InstallationAdmin):
    """Jobs that whoever runs the installation asks for and watches; none is changed or deleted.

    A subclass says what its pages are called, what they show (`shown`) and how the work is asked for (`ask`).
    `progress_template` is what htmx fetches every other second while the job is at work.
    """

    change_form_template = "admin/inference/job.html"
    ask_title: ClassVar[str | Promise]
    # A sentence above the form: what will happen.
    ask_note: ClassVar[str | Promise]
    job_title: ClassVar[str | Promise]
    progress_template: ClassVar[str]
    styles: ClassVar[tuple[str, ...]] = ("admin/figures.css",)
    # What else a job's page reads, in one query.
    related: ClassVar[tuple[str, ...]] = ()
    # The names of the methods that are views of one job, below its own address.
    job_views: ClassVar[tuple[str, ...]] = ("progress", "cancel")

    def shown(self, job: Any) -> dict[str, Any]:
        """Return what the page of `job` shows."""
        raise NotImplementedError

    def ask(self, request: HttpRequest, form: Any) -> Job:
        """Ask the worker for what a valid form says, and return the job."""
        raise NotImplementedError

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody deletes a job: it says where something comes from."""
        return False

    def get_urls(self) -> list[URLPattern]:
        own = [
            self.checked(f"<path:object_id>/{name.replace('_', '-')}/", getattr(self, name))
            for name in self.job_views
        ]
        return [*own, *super().get_urls()]

    def checked(self, address: str, view: Callable[..., Any]) -> URLPattern:
        """Return the pattern of a view of this admin, named after its method."""
        return path(address, self.admin_site.admin_view(view), name=self._name(view.__name__))

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context: dict[str, Any] = {"title": self.ask_title, "note": self.ask_note, "job_styles": self.styles}
        context |= {"show_save_and_add_another": False, "show_save_and_continue": False}
        context |= extra_context or {}
        return super().add_view(request, form_url, context)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        job: Any = self.ask(request, form)
        obj.pk, obj.public_id = job.pk, job.public_id
        obj._state.adding = False

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self.to_page(obj)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context: dict[str, Any] = {"title": self.job_title, "subtitle": None, "job_styles": self.styles}
        if isinstance(job := self.get_object(request, object_id), self.model):
            address = reverse(f"admin:{self._name('progress')}", args=[job.pk])
            context |= {"progress_url": address, "progress_template": self.progress_template}
            context |= self.shown(job)
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    @method_decorator(require_safe)
    def progress(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The part of a job's page that changes, for htmx to swap in."""
        return render(request, self.progress_template, self.shown(self.job(request, object_id)))

    def job(self, request: HttpRequest, object_id: str) -> Any:
        """Return the job; raises PermissionDenied and Http404."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = self.get_queryset(request).select_related(*self.related)
        number = object_id if object_id.isdecimal() and len(object_id) < 19 else None
        return get_object_or_404(found, pk=number)

    def to_page(self, job: Any) -> HttpResponse:
        """Lead to the page of a job."""
        return HttpResponseRedirect(reverse(f"admin:{self._name('change')}", args=[job.pk]))

    def _name(self, view: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{view}"

    @display(description=_("state"), ordering="state", label=COLOURS)
    def state_(self, job: Any) -> tuple[str, str]:
        return job.state, job.get_state_display()

    @display(description=_("progress"), empty_value="–")
    def progress_(self, job: Any) -> str | None:
        return f"{job.percent} %" if job.percent is not None else None
