"""What became of a version on the site's test cases."""

from typing import Any, Self

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Site
from chatbot.prompts.models.cases import RegressionCase
from chatbot.prompts.models.versions import PromptVersion
from inference.jobs import Job, JobQuerySet

_PROBLEMS = {
    "lacks": _("“%(words)s” is missing."),
    "contains": _("“%(words)s” must not be there."),
    "uncited": _("No source “%(words)s” is named."),
    "answered": _("It answers where it should say that it does not know."),
    "failed": _("No answer came: %(words)s"),
}


class RegressionRunQuerySet(JobQuerySet["RegressionRun"]):
    def of(self, version: PromptVersion) -> Self:
        """Return the runs of `version`."""
        return self.filter(version=version)


class RegressionRun(Job):
    """One version put to the site's test cases; steps are cases."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="regression_runs", verbose_name=_("site"))
    version = models.ForeignKey(
        PromptVersion, models.CASCADE, related_name="runs", verbose_name=_("prompt version")
    )
    language_model = models.CharField(_("language model"), max_length=200, blank=True)
    # Of the cases as they were: a run says nothing of a set that has changed since.
    cases_digest = models.CharField(max_length=64, blank=True, editable=False)
    passed = models.PositiveIntegerField(_("passed"), default=0)
    failed = models.PositiveIntegerField(_("failed"), default=0)

    objects = RegressionRunQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        verbose_name = _("test run")
        verbose_name_plural = _("test runs")
        ordering = ["-id"]

    @property
    def has_passed(self) -> bool:
        """Whether it went to its end and no case failed."""
        return self.state == self.State.DONE and not self.failed


class RegressionResult(models.Model):
    """One case's answer in one run; it keeps what was asked, whatever becomes of the case."""

    run = models.ForeignKey(RegressionRun, models.CASCADE, related_name="results", verbose_name=_("test run"))
    case = models.ForeignKey(
        RegressionCase, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("test case")
    )
    question = models.TextField(_("question"))
    answer = models.TextField(_("answer"), blank=True)
    kind = models.CharField(_("kind"), max_length=20, blank=True)
    sources = models.JSONField(_("sources"), default=list, blank=True)
    problems = models.JSONField(_("problems"), default=list, blank=True)
    passed = models.BooleanField(_("passed"), default=False)
    total_ms = models.PositiveIntegerField(_("total time (ms)"), null=True)

    class Meta:
        verbose_name = _("test result")
        verbose_name_plural = _("test results")
        ordering = ["run", "pk"]

    def __str__(self) -> str:
        return self.question[:80]

    @property
    def problem_texts(self) -> list[str]:
        """What speaks against the answer, a sentence each, in the reader's language."""
        return [_sentence(problem) for problem in self.problems]


def _sentence(problem: dict[str, Any]) -> str:
    sentence = _PROBLEMS.get(problem.get("code", ""))
    return str(sentence) % {"words": problem.get("words", "")} if sentence else gettext("It did not pass.")
