"""The admin's pages for evaluations: ask for one, watch it, read its figures, lay several side by side."""

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
from chatbot.analytics.labelling.admin.runs import COLOURS
from chatbot.workshop.admin.evaluation_form import EvaluationForm
from chatbot.workshop.admin.evaluation_page import shown
from chatbot.workshop.evaluating import asking, report_views
from chatbot.workshop.evaluating.asking import CannotAsk
from chatbot.workshop.evaluating.words import FIGURES
from chatbot.workshop.models import Evaluation


@admin.register(Evaluation)
class EvaluationAdmin(InstallationAdmin):
    """Evaluations: to add one is to ask the worker for it."""

    form = EvaluationForm
    list_display = ("created_at", "version", "data", "state_", "progress_", "figures_", "asked_by")
    list_display_links = ("created_at",)
    list_filter = ("state",)
    list_select_related = ("version__language_model", "data__data_set", "asked_by")
    change_form_template = "admin/workshop/evaluation.html"
    change_list_template = "admin/workshop/evaluations.html"
    fields = ("version", "measures", "data", "most_examples", "prompts", "passages", "questions")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes an evaluation: a version was let near visitors because of it."""
        return False

    def get_urls(self) -> list[URLPattern]:
        def view(method: Any, address: str) -> URLPattern:
            checked = self.admin_site.admin_view(method)
            return path(address, checked, name=f"workshop_evaluation_{method.__name__}")

        return [
            view(self.report, "report/"),
            view(self.report_markdown, "report.md"),
            view(self.report_pdf, "report.pdf"),
            view(self.progress, "<path:object_id>/progress/"),
            view(self.cancel, "<path:object_id>/cancel/"),
            view(self.again, "<path:object_id>/again/"),
            *super().get_urls(),
        ]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"title": gettext("Evaluate a version"), "show_save_and_add_another": False}
        context |= {"show_save_and_continue": False, **(extra_context or {})}
        return super().add_view(request, form_url, context)

    def save_model(self, request: HttpRequest, obj: Evaluation, form: Any, change: bool) -> None:
        data = form.cleaned_data
        evaluation = asking.ask(
            data["version"],
            measures=data["measures"],
            data=data["data"],
            most_examples=data["most_examples"],
            files=form.files_given,
            by=signed_in(request),
            network=network_of_request(request),
        )
        obj.pk, obj.public_id = evaluation.pk, evaluation.public_id
        obj._state.adding = False

    def response_add(
        self, request: HttpRequest, obj: Evaluation, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self._to_page(obj)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context: dict[str, Any] = {"title": _("Evaluation"), "subtitle": None}
        if isinstance(evaluation := self.get_object(request, object_id), Evaluation):
            context |= shown(evaluation)
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    @method_decorator(require_safe)
    def progress(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The part of an evaluation's page that changes, for htmx to swap in."""
        evaluation = self._evaluation(request, object_id)
        return render(request, "admin/workshop/evaluation_progress.html", shown(evaluation))

    @method_decorator(require_POST)
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End an evaluation."""
        evaluation = self._evaluation(request, object_id)
        asking.cancel(evaluation, by=signed_in(request), network=network_of_request(request))
        return self._to_page(evaluation)

    @method_decorator(require_POST)
    def again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for the same once more."""
        evaluation = self._evaluation(request, object_id)
        try:
            new = asking.ask_again(evaluation, by=signed_in(request), network=network_of_request(request))
        except CannotAsk as refusal:
            messages.error(request, str(refusal))
            return self._to_page(evaluation)
        return self._to_page(new)

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

    def _evaluation(self, request: HttpRequest, object_id: str) -> Evaluation:
        self._check(request)
        found = self.get_queryset(request).select_related("version__language_model", "data__data_set")
        number = object_id if object_id.isdecimal() and len(object_id) < 19 else None
        evaluation: Evaluation = get_object_or_404(found, pk=number)
        return evaluation

    def _to_page(self, evaluation: Evaluation) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:workshop_evaluation_change", args=[evaluation.pk]))

    @display(description=_("state"), ordering="state", label=COLOURS)
    def state_(self, evaluation: Evaluation) -> tuple[str, str]:
        return evaluation.state, evaluation.get_state_display()

    @display(description=_("progress"), empty_value="–")
    def progress_(self, evaluation: Evaluation) -> str | None:
        return f"{evaluation.percent} %" if evaluation.percent is not None else None

    @display(description=_("figures"), empty_value="–")
    def figures_(self, evaluation: Evaluation) -> str | None:
        """The first figures, to find it again by."""
        found = [
            f"{named.name} {named.write(figure['value'])}"
            for name, named in FIGURES.items()
            if (figure := evaluation.figure(name)) is not None
        ]
        return " · ".join(found[:3]) or None
