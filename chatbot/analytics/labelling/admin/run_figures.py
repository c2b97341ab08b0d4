"""The figures of a training run as its page shows them: the table before and after."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from chatbot.analytics.labelling import comparing
from chatbot.analytics.labelling.comparing import LABELS, Comparison, NoFigures
from chatbot.analytics.labelling.gate import error_of, gap_in_words
from chatbot.analytics.models import SentimentLabel, TrainingRun


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of both heads; `is_better` is None where they do not differ."""

    name: str
    before: str
    after: str
    is_better: bool | None


@dataclass(frozen=True, slots=True)
class Shown:
    """What the held-back texts say of the head before and the one after."""

    lines: list[Line]
    confusions: list[tuple[str, list[tuple[str, list[tuple[int, bool]]]]]]
    gap: str
    rows: int


def figures_of(run: TrainingRun) -> Shown | None:
    """Return the run's figures, None while there are none or where the program gave none that can be read."""
    paired = run.result.get("paired")
    try:
        overall, languages = comparing.overall(paired), comparing.by_language(paired)
    except NoFigures:
        return None
    return Shown(
        lines=list(_lines(overall, languages, run.result)),
        confusions=[
            (_("Before"), _matrix(overall.before.confusion)),
            (_("After"), _matrix(overall.after.confusion)),
        ],
        gap=gap_in_words(overall),
        rows=overall.after.rows,
    )


def _lines(overall: Comparison, languages: dict[str, Comparison], result: dict[str, Any]) -> Iterator[Line]:
    before, after = overall.before, overall.after
    yield _line(_("Accuracy"), before.accuracy, after.accuracy)
    yield _line(_("Macro-F1"), before.macro_f1, after.macro_f1)
    yield _line(
        _("Calibration error"), error_of(result, "before"), error_of(result, "after"), less_is_better=True
    )
    for old, new in zip(before.classes, after.classes, strict=True):
        if new.rows:
            label = SentimentLabel(new.label).label
            yield _line(_("Precision of “%s”") % label, old.precision, new.precision)
            yield _line(_("Recall of “%s”") % label, old.recall, new.recall)
            yield _line(_("F1 of “%s”") % label, old.f1, new.f1)
    for language, comparison in sorted(languages.items()):
        name = _("Macro-F1 in “%(language)s”, %(count)d texts")
        told = {"language": language or "–", "count": comparison.after.rows}
        yield _line(name % told, comparison.before.macro_f1, comparison.after.macro_f1)


def _line(name: str, before: float | None, after: float | None, *, less_is_better: bool = False) -> Line:
    is_better = None
    if before is not None and after is not None and round(before, 3) != round(after, 3):
        is_better = (after > before) != less_is_better
    return Line(name, _number(before), _number(after), is_better)


def _matrix(confusion: tuple[tuple[int, ...], ...]) -> list[tuple[str, list[tuple[int, bool]]]]:
    """Return the matrix by rows, each count with whether it lies on the diagonal."""
    return [
        (str(SentimentLabel(label).label), [(count, place == row) for place, count in enumerate(counts)])
        for row, (label, counts) in enumerate(zip(LABELS, confusion, strict=True))
    ]


def _number(value: float | None) -> str:
    return number_format(round(value, 3), decimal_pos=3) if value is not None else "–"
