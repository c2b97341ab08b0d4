"""The admin's pages for training runs, which keep themselves up to date while somebody waits."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe
from unfold.decorators import display

from accounts.installation_admin import InstallationAdmin
from accounts.networks import network_of_request
from accounts.policy import signed_in
from chatbot.analytics.charts.losses import loss_curve
from chatbot.analytics.labelling import runs
from chatbot.analytics.labelling.admin.forms import RunForm
from chatbot.analytics.labelling.admin.run_figures import figures_of
from chatbot.analytics.labelling.gate import verdict_on
from chatbot.analytics.labelling.problems import sentence
from chatbot.analytics.models import SentimentLabel, TrainingRun

COLOURS = {"waiting": "warning", "running": "info", "done": "success", "failed": "danger"}


@admin.register(TrainingRun)
class TrainingRunAdmin(InstallationAdmin):
    """Trainings of the sentiment head: to add one is to ask the worker for it."""

    form = RunForm
    list_display = ("created_at", "state_", "progress_", "parent", "head", "asked_by", "finished_at")
    list_display_links = ("created_at",)
    list_filter = ("state",)
    list_select_related = ("parent__language_model", "head__language_model", "asked_by")
    change_form_template = "admin/analytics/run.html"
    fields = ("files", "uses_corrections", "seed")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes a run: it says where a head comes from."""
        return False

    def get_urls(self) -> list[URLPattern]:
        def view(method: Any, name: str) -> Any:
            checked = self.admin_site.admin_view(method)
            return path(f"<path:object_id>/{name}/", checked, name=f"analytics_trainingrun_{method.__name__}")

        return [
            view(self.progress, "progress"),
            view(self.cancel, "cancel"),
            view(self.again, "again"),
            *super().get_urls(),
        ]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"title": gettext("Train the sentiment head"), "show_save_and_add_another": False}
        context |= {"show_save_and_continue": False, **(extra_context or {})}
        try:
            return super().add_view(request, form_url, context)
        except runs.AlreadyTraining:
            return self._refused(request)

    def save_model(self, request: HttpRequest, obj: TrainingRun, form: Any, change: bool) -> None:
        data = form.cleaned_data
        run = runs.ask(
            list(data["files"]),
            uses_corrections=data["uses_corrections"],
            seed=data["seed"],
            by=signed_in(request),
            network=network_of_request(request),
        )
        obj.pk, obj.public_id = run.pk, run.public_id
        obj._state.adding = False

    def response_add(
        self, request: HttpRequest, obj: TrainingRun, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self._to_page(obj)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context: dict[str, Any] = {"title": _("Training run"), "subtitle": None}
        if isinstance(run := self.get_object(request, object_id), TrainingRun):
            context |= _shown(run)
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    @method_decorator(require_safe)
    def progress(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The part of a run's page that changes, for htmx to swap in."""
        return render(request, "admin/analytics/run_progress.html", _shown(self._run(request, object_id)))

    @method_decorator(require_POST)
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End a run: the training program is stopped, and no head is made."""
        run = self._run(request, object_id)
        run.cancel()
        return self._to_page(run)

    @method_decorator(require_POST)
    def again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for a run like this one, from the head that is active now."""
        run = self._run(request, object_id)
        try:
            new = runs.ask_again(run, by=signed_in(request), network=network_of_request(request))
        except runs.AlreadyTraining:
            return self._refused(request)
        return self._to_page(new)

    def _run(self, request: HttpRequest, object_id: str) -> TrainingRun:
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = self.get_queryset(request).select_related("parent__language_model", "head__language_model")
        number = object_id if object_id.isdecimal() and len(object_id) < 19 else None
        run: TrainingRun = get_object_or_404(found, pk=number)
        return run

    def _to_page(self, run: TrainingRun) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:analytics_trainingrun_change", args=[run.pk]))

    def _refused(self, request: HttpRequest) -> HttpResponse:
        messages.error(request, gettext("A training run waits or is at work. One head is trained at a time."))
        return HttpResponseRedirect(reverse("admin:analytics_trainingrun_changelist"))

    @display(description=_("state"), ordering="state", label=COLOURS)
    def state_(self, run: TrainingRun) -> tuple[str, str]:
        return run.state, run.get_state_display()

    @display(description=_("progress"), empty_value="–")
    def progress_(self, run: TrainingRun) -> str | None:
        return f"{run.percent} %" if run.percent is not None else None


def _shown(run: TrainingRun) -> dict[str, Any]:
    """Return what a run's page shows."""
    return {
        "run": run,
        "what": sentence(run.message, run.detail) if run.message else "",
        "is_live": not run.is_finished,
        "minutes_left": -(-run.seconds_left // 60) if run.seconds_left is not None else None,
        "files": list(run.files.all()),
        "curve": loss_curve(run),
        "figures": figures_of(run),
        "verdict": verdict_on(run.head) if run.head is not None and not run.head.is_active else None,
        "data_counts": [
            (language, [row.get(label, 0) for label in SentimentLabel.values])
            for language, row in sorted(run.data.get("counts", {}).items())
        ],
        "label_names": SentimentLabel.labels,
    }
