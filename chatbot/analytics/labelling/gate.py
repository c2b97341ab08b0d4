"""Whether a new head may score visitors' messages: it has to be no worse than the one that does so now."""

from collections.abc import Iterator
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from chatbot.analytics.labelling import comparing
from chatbot.analytics.labelling.comparing import Comparison, NoFigures
from chatbot.analytics.models import SentimentLabel, TrainingRun
from inference.gates import Check, Verdict
from inference.models import LanguageModelVersion, ModelKind

# Fewer held-back texts say nothing about a head.
FEWEST_HELD_BACK = 30
# How much of its recall a label may lose, and of its macro-F1 a language.
RECALL_MAY_FALL = 0.05
LANGUAGE_MAY_FALL = 0.01
# The expected calibration error that is always good enough; a larger one must not be larger than before.
CALIBRATION_ERROR = 0.05


def verdict_on(head: LanguageModelVersion) -> Verdict:
    """Return what stands for and against activating `head` now.

    A head that was active before, or that came with the installation, is free: to go back is always possible.
    """
    runs = list(TrainingRun.objects.filter(head=head))
    if not runs or any(run.activated_at for run in runs):
        return Verdict()
    return Verdict(tuple(_checks(runs[0])))


def _checks(run: TrainingRun) -> Iterator[Check]:
    active = LanguageModelVersion.objects.active(ModelKind.SENTIMENT)
    if run.parent_id is None and active is None:
        yield Check(_("No head is active yet, so there is none to be worse than."), True)
        return
    if active is None or run.parent_id != active.pk:
        before = str(run.parent) if run.parent else _("no head")
        words = _("It was compared with %(before)s, and %(active)s is active now. Train again.")
        yield Check(words % {"before": before, "active": active or _("no head")}, False)
    try:
        overall = comparing.overall(run.result.get("paired"))
        languages = comparing.by_language(run.result.get("paired"))
    except NoFigures:
        yield Check(_("The training program gave no figures to compare by."), False)
        return
    yield _enough(overall)
    yield _macro_f1(overall)
    yield from (_recall(overall, place) for place, one in enumerate(overall.before.classes) if one.rows)
    yield _calibration(run.result)
    for language, comparison in sorted(languages.items()):
        # Of a handful of texts in one language, one decides.
        if len(languages) > 1 and comparison.after.rows >= FEWEST_HELD_BACK:
            yield _language(language, comparison)


def gap_in_words(comparison: Comparison) -> str:
    """Say whether the difference of two heads is real, with its interval."""
    gap = comparison.gap
    between = {"gap": _signed(gap.value), "low": _signed(gap.low), "high": _signed(gap.high)}
    if not gap.is_real:
        return _("The difference of %(gap)s may be chance: it lies between %(low)s and %(high)s.") % between
    if gap.value > 0:
        return _("The gain of %(gap)s is real: it lies between %(low)s and %(high)s.") % between
    return _("The loss of %(gap)s is real: it lies between %(low)s and %(high)s.") % between


def _enough(overall: Comparison) -> Check:
    words = _("%(count)d texts were held back; at least %(least)d are needed.")
    rows = overall.after.rows
    return Check(words % {"count": rows, "least": FEWEST_HELD_BACK}, rows >= FEWEST_HELD_BACK)


def _macro_f1(overall: Comparison) -> Check:
    words = _("Macro-F1 is %(after)s and was %(before)s; it must not fall.")
    figures = {"after": _number(overall.after.macro_f1), "before": _number(overall.before.macro_f1)}
    return Check(f"{words % figures} {gap_in_words(overall)}", overall.gap.value >= 0)


def _recall(overall: Comparison, place: int) -> Check:
    before, after = overall.before.classes[place], overall.after.classes[place]
    words = _("Recall of “%(label)s” is %(after)s and was %(before)s; it may fall by %(most)s.")
    figures = {
        "label": SentimentLabel(before.label).label,
        "after": _number(after.recall),
        "before": _number(before.recall),
        "most": _number(RECALL_MAY_FALL),
    }
    return Check(words % figures, before.recall - after.recall <= RECALL_MAY_FALL + 1e-9)


def _calibration(result: dict[str, Any]) -> Check:
    after, before = error_of(result, "after"), error_of(result, "before")
    if after is None:
        return Check(_("The training program gave no calibration error."), False)
    words = _(
        "The calibration error is %(after)s and was %(before)s; it may be %(most)s, or as large as it was."
    )
    figures = {
        "after": _number(after),
        "before": _number(before) if before is not None else "–",
        "most": _number(CALIBRATION_ERROR),
    }
    return Check(words % figures, after <= max(CALIBRATION_ERROR, before or 0.0))


def _language(language: str, comparison: Comparison) -> Check:
    words = _("In “%(language)s” macro-F1 is %(after)s and was %(before)s; it may fall by %(most)s.")
    figures = {
        "language": language,
        "after": _number(comparison.after.macro_f1),
        "before": _number(comparison.before.macro_f1),
        "most": _number(LANGUAGE_MAY_FALL),
    }
    return Check(words % figures, comparison.gap.value >= -LANGUAGE_MAY_FALL - 1e-9)


def error_of(result: dict[str, Any], which: str) -> float | None:
    """Return the expected calibration error "before" or "after", None where the result has none."""
    found = (result.get(which) or {}).get("ece")
    return float(found) if isinstance(found, int | float) else None


def _number(value: float) -> str:
    # Django cuts digits off where a reader rounds.
    return number_format(round(value, 3), decimal_pos=3)


def _signed(value: float) -> str:
    return ("+" if value > 0 else "") + _number(value)
