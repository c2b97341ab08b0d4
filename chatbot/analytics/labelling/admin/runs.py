"""The admin's pages for training runs, which keep themselves up to date while somebody waits."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.networks import network_of_request
from accounts.policy import signed_in
from chatbot.analytics.charts.losses import loss_curve
from chatbot.analytics.labelling import runs
from chatbot.analytics.labelling.admin.forms import RunForm
from chatbot.analytics.labelling.admin.run_figures import figures_of
from chatbot.analytics.labelling.gate import verdict_on
from chatbot.analytics.labelling.problems import sentence
from chatbot.analytics.models import SentimentLabel, TrainingRun
from inference.job_admin import JobAdmin


@admin.register(TrainingRun)
class TrainingRunAdmin(JobAdmin):
    """Trainings of the sentiment head: to add one is to ask the worker for it."""

    form = RunForm
    list_display = ("created_at", "state_", "progress_", "parent", "head", "asked_by", "finished_at")
    list_display_links = ("created_at",)
    list_filter = ("state",)
    list_select_related = ("parent__language_model", "head__language_model", "asked_by")
    fields = ("files", "uses_corrections", "seed")
    ask_title = _("Train the sentiment head")
    ask_note = _(
        "The worker trains a new head from the active one, beside the chat and at low priority. "
        "One text in five is held back; both heads are measured on these, and the new one is used "
        "only when you activate it."
    )
    job_title = _("Training run")
    progress_template = "admin/analytics/run_progress.html"
    related = ("parent__language_model", "head__language_model")
    styles = ("admin/figures.css", "analytics/charts.css")
    job_views = ("progress", "cancel", "again")

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            return super().add_view(request, form_url, extra_context)
        except runs.AlreadyTraining:
            return self._refused(request)

    def shown(self, job: TrainingRun) -> dict[str, Any]:
        return _shown(job)

    def ask(self, request: HttpRequest, form: Any) -> TrainingRun:
        data = form.cleaned_data
        return runs.ask(
            list(data["files"]),
            uses_corrections=data["uses_corrections"],
            seed=data["seed"],
            by=signed_in(request),
            network=network_of_request(request),
        )

    @method_decorator(require_POST)
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End a run: the training program is stopped, and no head is made."""
        run = self.job(request, object_id)
        run.cancel()
        return self.to_page(run)

    @method_decorator(require_POST)
    def again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for a run like this one, from the head that is active now."""
        run = self.job(request, object_id)
        try:
            new = runs.ask_again(run, by=signed_in(request), network=network_of_request(request))
        except runs.AlreadyTraining:
            return self._refused(request)
        return self.to_page(new)

    def _refused(self, request: HttpRequest) -> HttpResponse:
        messages.error(request, gettext("A training run waits or is at work. One head is trained at a time."))
        return HttpResponseRedirect(reverse("admin:analytics_trainingrun_changelist"))


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
