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

from accounts.policy import Ability, may, signed_in, sites_where
from accounts.role_admin import ReadOnly, RoleAdmin, SiteFilter
from chatbot.conversations import regression
from chatbot.prompts.models import PromptVersion, RegressionResult, RegressionRun

State = RegressionRun.State
_OTHERS_SHOWN = 50


@admin.register(RegressionRun)
class RegressionRunAdmin(ReadOnly, RoleAdmin):
    """How versions did on the test cases; a run goes on in the worker and its page follows it."""

    reads = Ability.WRITE_PROMPTS
    writes = Ability.WRITE_PROMPTS
    list_display = ("tested", "state_label", "passed", "failed", "language_model", "asked_by", "created_at")
    list_filter = (SiteFilter, "state")
    list_select_related = ("version__site", "asked_by")
    change_form_template = "admin/prompts/run.html"

    def get_urls(self) -> list[URLPattern]:
        start, cancel, progress = (
            self.admin_site.admin_view(view) for view in (self.start, self.cancel, self.progress)
        )
        return [
            path("start/<int:version_id>/", start, name="prompts_regressionrun_start"),
            path("<path:object_id>/cancel/", cancel, name="prompts_regressionrun_cancel"),
            path("<path:object_id>/progress/", progress, name="prompts_regressionrun_progress"),
            *super().get_urls(),
        ]

    @method_decorator(require_POST)
    def start(self, request: HttpRequest, version_id: int) -> HttpResponse:
        """Ask the worker to put a version to its site's test cases."""
        person = signed_in(request)
        versions = PromptVersion.objects.filter(site__in=sites_where(person, self.writes))
        version = get_object_or_404(versions.select_related("site"), pk=version_id)
        return self._to_page(regression.ask_for_run(version, person))

    @method_decorator(require_POST)
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End a run after the case that is at work."""
        run = self._run(request, object_id)
        regression.cancel(run)
        messages.success(request, gettext("The run ends after the case that is at work."))
        return self._to_page(run)

    @method_decorator(require_safe)
    def progress(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The part of a run's page that changes, for htmx to swap in."""
        run = self._run(request, object_id)
        return render(request, "admin/prompts/run_progress.html", _shown(run, request.GET.get("with", "")))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context: dict[str, Any] = {"title": _("Test run")}
        if isinstance(run := self.get_object(request, object_id), RegressionRun):
            context |= _shown(run, request.GET.get("with", ""))
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def _run(self, request: HttpRequest, object_id: str) -> RegressionRun:
        runs = self.get_queryset(request).select_related("version__site", "asked_by")
        run: RegressionRun = get_object_or_404(runs, pk=object_id if object_id.isdecimal() else None)
        if not may(request.user, self.writes, run.site_id):
            raise PermissionDenied
        return run

    def _to_page(self, run: RegressionRun) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:prompts_regressionrun_change", args=[run.pk]))

    @display(description=_("prompt version"), ordering="version__number")
    def tested(self, run: RegressionRun) -> str:
        return str(run.version)

    @display(
        description=_("state"),
        ordering="state",
        label={
            State.DONE: "success",
            State.FAILED: "danger",
            State.RUNNING: "info",
            State.WAITING: "warning",
        },
    )
    def state_label(self, run: RegressionRun) -> tuple[str, str]:
        return run.state, run.get_state_display()


def _shown(run: RegressionRun, beside: str) -> dict[str, Any]:
    """Return what a run's page shows, with the results of the run numbered `beside` next to its own."""
    others = RegressionRun.objects.filter(site=run.site_id, state=State.DONE).exclude(pk=run.pk)
    others = others.select_related("version__site")
    other = others.filter(pk=int(beside)).first() if beside.isdecimal() and len(beside) < 19 else None
    return {
        "run": run,
        "others": list(others[:_OTHERS_SHOWN]),
        "other": other,
        "pairs": _pairs(run, other),
        "is_live": not run.is_finished,
    }


def _pairs(
    run: RegressionRun, other: RegressionRun | None
) -> list[tuple[RegressionResult, RegressionResult | None]]:
    """Return the results of `run`, each with that of `other` for the same question."""
    beside = {result.question: result for result in other.results.all()} if other else {}
    return [(result, beside.get(result.question)) for result in run.results.all()]
