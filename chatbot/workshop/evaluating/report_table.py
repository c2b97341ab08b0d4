"""A report as rows for people: the same on the page, in Markdown and in PDF."""

from dataclasses import dataclass
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from chatbot.workshop.evaluating.comparing import Compared, Report
from chatbot.workshop.evaluating.words import FIGURES
from chatbot.workshop.models import Evaluation


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of one version, in words; empty where there is nothing to say."""

    figure: str
    name: str
    version: str
    evaluation: int
    value: str
    interval: str
    n: int
    difference: str
    p: str
    meaning: str
    # "better", "worse" or nothing, for a colour beside the word.
    look: str


def heads() -> list[str]:
    """Return the names of the columns."""
    return [
        *(_("Figure"), _("Version"), _("Value"), _("95 % interval"), _("Examples")),
        *(_("Difference"), "p", _("Meaning")),
    ]


def rows_of(report: Report) -> list[Row]:
    """Return the report's rows, figure by figure."""
    return [_row(line.name, cell) for line in report.lines for cell in line.cells]


def cells_of(row: Row) -> list[str]:
    """Return a row's texts in the order of `heads`."""
    return [
        *(row.name, row.version, row.value, row.interval or "–", str(row.n)),
        *(row.difference or "–", row.p or "–", row.meaning or "–"),
    ]


def short_names(report: Report) -> list[str]:
    """Return a name for each version that fits below a chart: its number where that tells it apart."""
    versions = [evaluation.version for evaluation in report.evaluations]
    if len({version.language_model_id for version in versions}) == 1:
        found = [f"@{version.number}" for version in versions]
    else:
        most = max(8, 40 // len(versions))
        found = [shortened(version.display_name, most) for version in versions]
    return found if len(set(found)) == len(found) else [version.display_name for version in versions]


def shortened(name: str, most: int) -> str:
    """Return `name` in at most so many letters, without its middle where that is too long."""
    return name if len(name) <= most else f"{name[: most // 2 - 1]}…{name[-(most - most // 2) :]}"


def _row(name: str, cell: Compared) -> Row:
    named, figure, gap = FIGURES[name], cell.figure, cell.difference
    difference = ""
    if gap is not None:
        difference = named.write(gap.value, signed=True)
        if gap.low is not None and gap.high is not None:
            ends = {"low": named.write(gap.low, signed=True), "high": named.write(gap.high, signed=True)}
            difference += " (" + _("%(low)s to %(high)s") % ends + ")"
    return Row(
        figure=name,
        name=str(named.name),
        version=cell.evaluation.version.display_name,
        evaluation=cell.evaluation.pk,
        value=named.write(figure["value"]),
        interval=interval_of(name, figure["low"], figure["high"]),
        n=figure["n"],
        difference=difference,
        p=number_format(round(cell.p, 3), decimal_pos=3) if cell.p is not None else "",
        meaning=str(cell.verdict.value) if cell.verdict is not None else cell.why,
        look=cell.verdict.name.lower() if cell.verdict is not None else "",
    )


def interval_of(name: str, low: float | None, high: float | None) -> str:
    """Return an interval for people, nothing where there is none."""
    if low is None or high is None:
        return ""
    named = FIGURES[name]
    return _("%(low)s to %(high)s") % {"low": named.write(low), "high": named.write(high)}


def conditions_of(evaluation: Evaluation) -> str:
    """Say on what, when and on which machine a version was measured."""
    found: dict[str, Any] = evaluation.conditions
    told = [str(evaluation.data)] if evaluation.data is not None else []
    if evaluation.finished_at is not None:
        told.append(date_format(localtime(evaluation.finished_at), "DATETIME_FORMAT"))
    if found.get("machine"):
        words = _("%(machine)s, cores: %(cores)s, threads: %(threads)s") % found
        told.append(f"{words}, {found['precision']}" if found.get("precision") else words)
    return " · ".join(told)


def how() -> str:
    """Say how differences are judged."""
    return _(
        "A difference is called real where chance alone would hardly bring it about: examples are drawn anew "
        "2,000 times, the same for both versions (paired bootstrap; Efron 1979, Koehn 2004). p is adjusted "
        "for all comparisons of this report together (Holm 1979); below 0.05 a difference counts as real. A "
        "speed is judged by answers of one evaluation: measure again where it decides."
    )
