"""Versions beside each other: what may be compared at all, and which differences are real."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chatbot.workshop.evaluating.words import FIGURES
from chatbot.workshop.models import Evaluation, Figure
from inference.training.evaluate.resampling import Difference, difference, holm
from inference.training.evaluate.rows import Row, read_rows
from inference.training.evaluate.scores import BETTER_HIGH, OF_THE_MACHINE, matrix_of

# All differences of a report together are wrongly called real in at most so many of 100 reports.
LEVEL = 0.05
MOST_COMPARED = 8
_ONCE = ("resident_mb", "load_seconds")


class Verdict(Enum):
    """What a difference means."""

    BETTER = gettext_lazy("better")
    WORSE = gettext_lazy("worse")
    CHANCE = gettext_lazy("may be chance")
    FEW = gettext_lazy("too few examples")
    UNKNOWN = gettext_lazy("measured once")


class NotComparable(Exception):
    """These evaluations cannot stand beside each other; `str()` says why, in the reader's language."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure of one version beside that of the first; `p` is adjusted for all comparisons of the report."""

    evaluation: Evaluation
    figure: Figure
    difference: Difference | None
    p: float | None
    verdict: Verdict | None
    # Why there is no difference, where there is none.
    why: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of all versions; the first is what the others are compared with."""

    name: str
    cells: tuple[Compared, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """Evaluations beside each other; `left_out` says what stands beside nothing, a sentence each."""

    evaluations: tuple[Evaluation, ...]
    lines: tuple[Line, ...]
    left_out: tuple[str, ...]


def compare(evaluations: Sequence[Evaluation]) -> Report:
    """Compare finished evaluations with the first of them, figure by figure.

    A figure stands beside another one that was measured on the same data, and a speed beside one of the same
    machine, threads and setting of the number format alone. Raises NotComparable where nothing is left.
    """
    if len(evaluations) < 2:
        raise NotComparable(_("Choose two evaluations at least."))
    if len(evaluations) > MOST_COMPARED:
        raise NotComparable(_("Choose %d evaluations at most.") % MOST_COMPARED)
    if len({evaluation.version.kind for evaluation in evaluations}) > 1:
        raise NotComparable(_("A language model and a head have no figure in common."))
    first, *others = evaluations
    rows = {evaluation.pk: _rows_of(evaluation) for evaluation in evaluations}
    found: list[Line] = []
    left_out: list[str] = []
    for name in FIGURES:
        own = first.figure(name)
        if own is None:
            continue
        cells = [Compared(first, own, None, None, None)]
        for other in others:
            if (theirs := other.figure(name)) is None:
                continue
            why = _why_not(name, first, other, own, theirs)
            if why:
                left_out.append(why)
                continue
            cells.append(_compared(name, other, theirs, rows[first.pk], rows[other.pk]))
        if len(cells) > 1:
            found.append(Line(name, tuple(cells)))
    if not found:
        reason = left_out[0] if left_out else _("They have no figure in common.")
        raise NotComparable(_("These cannot be compared. %s") % reason)
    return Report(tuple(evaluations), tuple(_judged(found)), tuple(dict.fromkeys(left_out)))


def in_words(report: Report) -> list[str]:
    """Say for each version which differences from the first are real, a sentence each."""
    first, *others = report.evaluations
    return [sentence for other in others for sentence in _sentences(report, first, other)]


def _sentences(report: Report, first: Evaluation, other: Evaluation) -> Iterator[str]:
    by_verdict: dict[Verdict, list[str]] = {}
    for line in report.lines:
        for cell in line.cells[1:]:
            if cell.evaluation.pk == other.pk and cell.verdict is not None:
                by_verdict.setdefault(cell.verdict, []).append(_told(line.name, cell))
    names = {"version": other.version.display_name, "first": first.version.display_name}
    comma = _(", ")
    for verdict, words in (
        (Verdict.BETTER, _("%(version)s is better than %(first)s in: %(figures)s.")),
        (Verdict.WORSE, _("%(version)s is worse than %(first)s in: %(figures)s.")),
        (Verdict.CHANCE, _("What may be chance between %(version)s and %(first)s: %(figures)s.")),
        (Verdict.FEW, _("Too few examples to tell %(version)s from %(first)s: %(figures)s.")),
        (Verdict.UNKNOWN, _("Measured once, so that nothing says how sure it is: %(figures)s.")),
    ):
        if verdict in by_verdict:
            yield words % {**names, "figures": comma.join(by_verdict[verdict])}


def _told(name: str, cell: Compared) -> str:
    named = FIGURES[name]
    assert cell.difference is not None
    gap = named.write(cell.difference.value, signed=True)
    return f"{named.name} ({gap})"


def _why_not(name: str, first: Evaluation, other: Evaluation, own: Figure, theirs: Figure) -> str:
    """Return why a figure of the two is not compared, nothing where it is."""
    words = {
        "figure": FIGURES[name].name,
        "version": other.version.display_name,
        "first": first.version.display_name,
    }
    if own["on"] != theirs["on"]:
        if name == "perplexity" and first.data_id == other.data_id:
            return (
                _(
                    "%(figure)s of %(version)s and %(first)s: they read other tokens or other examples, "
                    "and so cannot be compared."
                )
                % words
            )
        return _("%(figure)s of %(version)s was measured on other data than that of %(first)s.") % words
    if name in OF_THE_MACHINE and not first.was_run_like(other):
        return (
            _(
                "%(figure)s of %(version)s was measured on another machine, with other threads or another "
                "setting of the number format than that of %(first)s."
            )
            % words
        )
    return ""


def _compared(
    name: str, other: Evaluation, theirs: Figure, mine: Sequence[Row], others: Sequence[Row]
) -> Compared:
    found = _difference(name, mine, others)
    if found is None:
        return Compared(other, theirs, None, None, None, _("What each example gave is not there any more."))
    return Compared(other, theirs, found, found.p, None)


def _difference(name: str, mine: Sequence[Row], others: Sequence[Row]) -> Difference | None:
    """Return the difference on the examples that both have; None where their rows are gone."""
    ids, matrix = matrix_of(mine, name)
    other_ids, other_matrix = matrix_of(others, name)
    places = {key: place for place, key in enumerate(other_ids)}
    common = [(place, places[key]) for place, key in enumerate(ids) if key in places]
    if not common:
        return None
    return difference(
        name,
        np.array([matrix[place] for place, _other in common]),
        np.array([other_matrix[place] for _place, place in common]),
    )


def _judged(lines: Sequence[Line]) -> Iterator[Line]:
    """Adjust all p together, and say what each difference means."""
    p_values = [cell.p for line in lines for cell in line.cells if cell.p is not None]
    adjusted = iter(holm(p_values))
    for line in lines:
        cells = []
        for cell in line.cells:
            if cell.difference is None:
                cells.append(cell)
                continue
            p = next(adjusted) if cell.p is not None else None
            verdict = _verdict(line.name, cell.difference, p)
            cells.append(Compared(cell.evaluation, cell.figure, cell.difference, p, verdict))
        yield Line(line.name, tuple(cells))


def _verdict(name: str, gap: Difference, p: float | None) -> Verdict:
    if p is None:
        return Verdict.UNKNOWN if name in _ONCE else Verdict.FEW
    if p >= LEVEL:
        return Verdict.CHANCE
    return Verdict.BETTER if (gap.value > 0) == BETTER_HIGH[name] else Verdict.WORSE


def _rows_of(evaluation: Evaluation) -> list[Row]:
    try:
        rows = list(read_rows(evaluation.per_example))
    except (OSError, ValueError):
        return []
    figures: dict[str, Any] = evaluation.figures
    # What was measured once is a difference of two numbers.
    once = [name for name in _ONCE if name in figures]
    return [*rows, *(Row("speed", name, {name: [figures[name]["value"], 1.0]}) for name in once)]
