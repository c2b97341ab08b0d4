"""The questions that a site's prompt has to stand before visitors get it."""

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self, TypedDict

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Site, User
from chatbot.prompts import languages
from chatbot.prompts.models.versions import PromptVersion


class Problem(TypedDict):
    """What an answer lacks: a code, and the words of the case that it is about."""

    code: str
    words: str


class RegressionCaseQuerySet(models.QuerySet["RegressionCase"]):
    def of(self, version: PromptVersion) -> Self:
        """Return, in order, the cases that `version` has to pass.

        Those of its language, and those of none; the default prompt answers all languages without a prompt
        of their own.
        """
        own = self.filter(site=version.site_id).order_by("pk")
        if version.language:
            return own.filter(language__in={version.language, ""})
        state = PromptVersion.State.PUBLISHED
        elsewhere = PromptVersion.objects.filter(site=version.site_id, state=state).exclude(language="")
        return own.exclude(language__in=elsewhere.values("language"))


class RegressionCase(models.Model):
    """A question and what its answer must hold, must not hold, must name as source, or that there be none."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="regression_cases", verbose_name=_("site"))
    language = models.CharField(_("language"), max_length=8, blank=True)
    question = models.TextField(_("question"), max_length=4_000)
    must_contain = models.TextField(
        _("must contain"), max_length=2_000, blank=True, help_text=_("One piece of text a line; all of them.")
    )
    must_not_contain = models.TextField(
        _("must not contain"), max_length=2_000, blank=True, help_text=_("One piece of text a line.")
    )
    must_cite = models.CharField(
        _("must cite"),
        max_length=200,
        blank=True,
        help_text=_("Part of the title or the address of a source that the answer names; * for any source."),
    )
    must_refuse = models.BooleanField(
        _("must say that it does not know"),
        default=False,
        help_text=_("The honest answer is that it is not known."),
    )
    author = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("author"),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = RegressionCaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("test case")
        verbose_name_plural = _("test cases")
        ordering = ["site", "pk"]

    def __str__(self) -> str:
        return self.question if len(self.question) <= 80 else self.question[:79] + "…"

    @property
    def language_name(self) -> str:
        """The name of its language in the reader's own."""
        return languages.shown_name(self.language)

    def clean(self) -> None:
        """Raise ValidationError for a case that any answer passes, and for one that none can pass."""
        if self.language and self.language not in languages.codes():
            raise ValidationError({"language": gettext("Choose a language by its two letters, such as en.")})
        wanted = lines(self.must_contain) or self.must_cite.strip()
        if not wanted and not lines(self.must_not_contain) and not self.must_refuse:
            raise ValidationError(
                gettext("Say what the answer must or must not hold: any answer would pass.")
            )
        if self.must_refuse and self.must_cite.strip():
            raise ValidationError(gettext("An answer that says that it does not know names no source."))

    def demands(self) -> list[str]:
        """Return what is demanded of the answer, a few words each, in the reader's language."""
        demands = [gettext("with “%s”") % piece for piece in lines(self.must_contain)]
        demands += [gettext("without “%s”") % piece for piece in lines(self.must_not_contain)]
        if wanted := self.must_cite.strip():
            demands.append(gettext("with a source") if wanted == "*" else gettext("citing “%s”") % wanted)
        return [*demands, gettext("does not know")] if self.must_refuse else demands

    def problems(self, answer: str, sources: Sequence[Mapping[str, Any]], *, refused: bool) -> list[Problem]:
        """Return what speaks against `answer`, which names `sources` (each with title and url); [] passes.

        Texts are compared without regard to case and to forms of the same character.
        """
        text = _plain(answer)
        found = [
            Problem(code="lacks", words=piece)
            for piece in lines(self.must_contain)
            if _plain(piece) not in text
        ]
        found += [
            Problem(code="contains", words=piece)
            for piece in lines(self.must_not_contain)
            if _plain(piece) in text
        ]
        if (wanted := self.must_cite.strip()) and not any(_is_about(source, wanted) for source in sources):
            found.append(Problem(code="uncited", words=wanted))
        if self.must_refuse and not refused:
            found.append(Problem(code="answered", words=""))
        return found


def lines(text: str) -> list[str]:
    """Return the lines of `text` that hold something."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def digest_of(cases: Iterable[RegressionCase]) -> str:
    """Return a digest of what the cases ask and demand; each case that comes, goes or changes changes it."""
    facts = [
        [
            case.pk,
            case.language,
            case.question,
            case.must_contain,
            case.must_not_contain,
            case.must_cite,
            case.must_refuse,
        ]
        for case in cases
    ]
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _is_about(source: Mapping[str, Any], wanted: str) -> bool:
    names = f"{source.get('title', '')}\n{source.get('url', '')}"
    return wanted == "*" or _plain(wanted) in _plain(names)
