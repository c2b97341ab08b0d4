"""Whether a version may be given to visitors: it has to pass the site's test cases, where there are any."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chatbot.prompts.models.cases import RegressionCase, digest_of
from chatbot.prompts.models.runs import RegressionRun
from chatbot.prompts.models.versions import PromptVersion


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the site's cases say of a version; `run` is the newest finished one on the cases as they are."""

    cases: int
    run: RegressionRun | None = None
    failed: tuple[str, ...] = ()

    @property
    def is_free(self) -> bool:
        """Whether the version may be published without an override."""
        return not self.cases or (self.run is not None and not self.failed)

    @property
    def reason(self) -> str:
        """Why it may not be published, in a sentence; nothing where it may."""
        if self.is_free:
            return ""
        if self.run is None:
            return _("The test cases have not been run on this version as they are now.")
        words = ngettext("%(count)d test case failed.", "%(count)d test cases failed.", len(self.failed))
        return words % {"count": len(self.failed)}


class NotProven(Exception):
    """The version has failed the site's test cases, or has not been put to them."""

    def __init__(self, version: PromptVersion, verdict: Verdict) -> None:
        super().__init__(verdict.reason)
        self.version = version
        self.verdict = verdict


def verdict_on(version: PromptVersion) -> Verdict:
    """Return what the site's cases, as they are now, say of `version`."""
    cases = list(RegressionCase.objects.of(version))
    if not cases:
        return Verdict(cases=0)
    run = (
        RegressionRun.objects.of(version)
        .filter(state=RegressionRun.State.DONE, cases_digest=digest_of(cases))
        .order_by("-id")
        .first()
    )
    failed = run.results.filter(passed=False).order_by("pk") if run else ()
    return Verdict(cases=len(cases), run=run, failed=tuple(str(result) for result in failed))
