"""The admin's pages for evaluations: ask for one, watch it, read its figures, lay several side by side."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe
from unfold.decorators import display

from accounts.networks import network_of_request
from accounts.policy import signed_in
from chatbot.workshop.admin.evaluation_form import EvaluationForm
from chatbot.workshop.admin.evaluation_page import shown
from chatbot.workshop.evaluating import asking, report_views
from chatbot.workshop.evaluating.asking import CannotAsk
from chatbot.workshop.evaluating.words import FIGURES
from chatbot.workshop.models import Evaluation
from inference.job_admin import JobAdmin


@admin.register(Evaluation)
class EvaluationAdmin(JobAdmin):
    """Evaluations: to add one is to ask the worker for it."""

    form = EvaluationForm
    list_display = ("created_at", "version", "data", "state_", "progress_", "figures_", "asked_by")
    list_display_links = ("created_at",)
    list_filter = ("state",)
    list_select_related = ("version__language_model", "data__data_set", "asked_by")
    change_list_template = "admin/workshop/evaluations.html"
    fields = ("version", "measures", "data", "most_examples", "prompts", "passages", "questions")
    ask_title = _("Evaluate a version")
    ask_note = _(
        "The worker measures the version beside the chat and at low priority. What needs a data "
        "set is measured on its test part, which nothing learnt from."
    )
    job_title = _("Evaluation")
    progress_template = "admin/workshop/evaluation_progress.html"
    related = ("version__language_model", "data__data_set")
    job_views = ("progress", "cancel", "again")

    def get_urls(self) -> list[URLPattern]:
        reports = [
            self.checked("report/", self.report),
            self.checked("report.md", self.report_markdown),
            self.checked("report.pdf", self.report_pdf),
        ]
        return [*reports, *super().get_urls()]

    def shown(self, job: Evaluation) -> dict[str, Any]:
        return shown(job)

    def ask(self, request: HttpRequest, form: Any) -> Evaluation:
        data = form.cleaned_data
        return asking.ask(
            data["version"],
            measures=data["measures"],
            data=data["data"],
            most_examples=data["most_examples"],
            files=form.files_given,
            by=signed_in(request),
            network=network_of_request(request),
        )

    @method_decorator(require_POST)
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End an evaluation."""
        evaluation = self.job(request, object_id)
        asking.cancel(evaluation, by=signed_in(request), network=network_of_request(request))
        return self.to_page(evaluation)

    @method_decorator(require_POST)
    def again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for the same once more."""
        evaluation = self.job(request, object_id)
        try:
            new = asking.ask_again(evaluation, by=signed_in(request), network=network_of_request(request))
        except CannotAsk as refusal:
            messages.error(request, str(refusal))
            return self.to_page(evaluation)
        return self.to_page(new)

    @method_decorator(require_safe)
    def report(self, request: HttpRequest) -> HttpResponse:
        """Lay evaluations side by side."""
        self._check(request)
        return report_views.show(request, {**self.admin_site.each_context(request), "opts": self.opts})

    @method_decorator(require_safe)
    def report_markdown(self, request: HttpRequest) -> HttpResponse:
        """The same as Markdown."""
        self._check(request)
        return report_views.markdown(request)

    @method_decorator(require_safe)
    def report_pdf(self, request: HttpRequest) -> HttpResponse:
        """The same as PDF."""
        self._check(request)
        return report_views.pdf(request)

    def _check(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    @display(description=_("figures"), empty_value="–")
    def figures_(self, evaluation: Evaluation) -> str | None:
        """The first figures, to find it again by."""
        found = [
            f"{named.name} {named.write(figure['value'])}"
            for name, named in FIGURES.items()
            if (figure := evaluation.figure(name)) is not None
        ]
        return " · ".join(found[:3]) or None
