"""The admin's pages for sentiment heads: where each comes from, which one scores, and going back."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe
from unfold.decorators import display

from accounts.installation_admin import InstallationAdmin
from accounts.networks import network_of_request
from accounts.policy import signed_in
from accounts.role_admin import ReadOnly
from chatbot.analytics.labelling import activating, rescoring
from chatbot.analytics.labelling.gate import verdict_on
from chatbot.analytics.labelling.problems import sentence
from chatbot.analytics.models import Rescoring, SentimentHead, TrainingRun
from inference.gates import NotBetter
from inference.models import ModelKind


@admin.register(SentimentHead)
class SentimentHeadAdmin(ReadOnly, InstallationAdmin):
    """The versions of the head; a new one becomes active past the gate, an earlier one at once."""

    list_display = ("version", "state_", "trained_from", "texts_", "macro_f1", "created_at", "choice")
    list_display_links = ("version",)
    list_select_related = ("language_model",)
    list_before_template = "admin/analytics/rescoring_panel.html"
    change_form_template = "admin/analytics/head.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[SentimentHead]:
        heads: QuerySet[SentimentHead] = super().get_queryset(request).filter(kind=ModelKind.SENTIMENT)
        return heads.prefetch_related("training_runs__parent__language_model")

    def get_urls(self) -> list[URLPattern]:
        def view(method: Any, route: str) -> Any:
            checked = self.admin_site.admin_view(method)
            return path(route, checked, name=f"analytics_sentimenthead_{method.__name__}")

        return [
            view(self.activate, "<path:object_id>/activate/"),
            view(self.rescore, "rescore/"),
            view(self.rescoring, "rescoring/"),
            view(self.cancel_rescoring, "rescoring/cancel/"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().changelist_view(request, {**_rescoring_shown(), **(extra_context or {})})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context: dict[str, Any] = {"title": _("Sentiment head"), "subtitle": None}
        if isinstance(head := self.get_object(request, object_id), SentimentHead):
            context |= {
                "head": head,
                "facts": head.facts,
                "run": _run_of(head),
                "verdict": None if head.is_active else verdict_on(head),
            }
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    @method_decorator(require_POST)
    def activate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let this head score from the next message on; a reason goes past the gate, on the record."""
        self._check(request)
        number = object_id if object_id.isdecimal() and len(object_id) < 19 else None
        head = get_object_or_404(self.get_queryset(request).select_related("language_model"), pk=number)
        try:
            activating.activate(
                head,
                by=signed_in(request),
                network=network_of_request(request),
                override=request.POST.get("reason", ""),
            )
        except NotBetter as refusal:
            messages.error(request, gettext("Not activated. %s") % refusal)
            return HttpResponseRedirect(reverse("admin:analytics_sentimenthead_change", args=[head.pk]))
        told = gettext("%(head)s scores from the next message on. Earlier messages keep their scores.")
        messages.success(request, told % {"head": head})
        return self._to_list()

    @method_decorator(require_POST)
    def rescore(self, request: HttpRequest) -> HttpResponse:
        """Ask the worker to score the messages of the last days with the active head."""
        self._check(request)
        days = request.POST.get("days", "")
        if not days.isdecimal() or not 1 <= int(days[:9]) <= rescoring.MOST_DAYS:
            messages.error(request, gettext("Write how many days, from 1 to %d.") % rescoring.MOST_DAYS)
            return self._to_list()
        try:
            rescoring.ask(int(days), by=signed_in(request))
        except rescoring.NothingToScore:
            messages.error(request, gettext("No head is active, or messages are being scored already."))
        return self._to_list()

    @method_decorator(require_safe)
    def rescoring(self, request: HttpRequest) -> HttpResponse:
        """How far scoring again is, for htmx to swap in."""
        self._check(request)
        return render(request, "admin/analytics/rescoring.html", _rescoring_shown())

    @method_decorator(require_POST)
    def cancel_rescoring(self, request: HttpRequest) -> HttpResponse:
        """End scoring again; what is scored by then stays so."""
        self._check(request)
        for job in Rescoring.objects.unfinished():
            job.cancel()
        return self._to_list()

    def _check(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _to_list(self) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:analytics_sentimenthead_changelist"))

    @display(description=_("version"), ordering="number")
    def version(self, head: SentimentHead) -> str:
        return head.display_name

    @display(description=_("state"), ordering="state", label={"active": "success", "installed": "default"})
    def state_(self, head: SentimentHead) -> tuple[str, Any]:
        return ("active", _("Active")) if head.is_active else ("installed", _("Installed"))

    @display(description=_("trained from"), empty_value="–")
    def trained_from(self, head: SentimentHead) -> str | None:
        run = _run_of(head)
        return str(run.parent) if run is not None and run.parent is not None else None

    @display(description=_("texts"), empty_value="–")
    def texts_(self, head: SentimentHead) -> int | None:
        run = _run_of(head)
        return run.data.get("texts") if run is not None else None

    @display(description=_("macro-F1, held back"), empty_value="–")
    def macro_f1(self, head: SentimentHead) -> str | None:
        run = _run_of(head)
        figure = (run.result.get("after") or {}).get("macro_f1") if run is not None else None
        return f"{figure:.3f}" if isinstance(figure, float) else None

    @display(description=_("In use"))
    def choice(self, head: SentimentHead) -> str:
        """A button of the list's own form for a head that may be used, a link to the figures for another."""
        if head.is_active:
            return format_html('<span class="parley-quiet">{}</span>', _("Now"))
        if not verdict_on(head).is_free:
            address = reverse("admin:analytics_sentimenthead_change", args=[head.pk])
            return format_html(
                '<a class="parley-button parley-plain" href="{}">{}</a>', address, _("Figures")
            )
        run = _run_of(head)
        is_new = run is not None and run.activated_at is None
        return format_html(
            '<button type="submit" class="parley-button" formaction="{}">{}</button>',
            reverse("admin:analytics_sentimenthead_activate", args=[head.pk]),
            _("Activate") if is_new else _("Go back to it"),
        )


def _run_of(head: SentimentHead) -> TrainingRun | None:
    """Return the newest run that gave this head, None for one that came with the installation."""
    return next(iter(head.training_runs.all()), None)


def _rescoring_shown() -> dict[str, Any]:
    """Return how the newest scoring again stands."""
    job = Rescoring.objects.first()
    return {
        "job": job,
        "what": sentence(job.message, job.detail) if job is not None and job.message else "",
        "most_days": rescoring.MOST_DAYS,
    }
