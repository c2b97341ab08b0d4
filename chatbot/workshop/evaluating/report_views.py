"""Evaluations side by side: the page, and the same as Markdown and PDF."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from chatbot.analytics.charts.intervals import intervals
from chatbot.analytics.charts.points import Point
from chatbot.workshop.evaluating.comparing import NotComparable, Report, compare, in_words
from chatbot.workshop.evaluating.fonts import font_for
from chatbot.workshop.evaluating.report_markdown import as_markdown
from chatbot.workshop.evaluating.report_pdf import as_pdf
from chatbot.workshop.evaluating.report_table import Row, conditions_of, how, rows_of
from chatbot.workshop.evaluating.words import FIGURES
from chatbot.workshop.models import Evaluation

_LISTED = 100


def show(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Return the page: which evaluations there are, and the chosen ones side by side."""
    chosen = _chosen(request)
    report: Report | None = None
    problem = ""
    # One alone, as an evaluation's page links here, is a choice half made.
    if len(chosen) > 1 or "first" in request.GET:
        try:
            report = compare(chosen)
        except NotComparable as refusal:
            problem = str(refusal)
    context |= {
        "title": _("Versions side by side"),
        "choices": list(Evaluation.objects.finished()[:_LISTED]),
        "chosen": {evaluation.pk for evaluation in chosen},
        "first": chosen[0].pk if chosen else None,
        "problem": problem,
        "report": report,
        "query": request.GET.urlencode(),
    }
    if report is not None:
        context |= {
            "sentences": in_words(report),
            "rows": rows_of(report),
            "how": how(),
            "charts": _charts(report),
            "conditions": [(one, conditions_of(one)) for one in report.evaluations],
            "lacks_font": font_for("\n".join(in_words(report))) is None,
        }
    return TemplateResponse(request, "admin/workshop/report.html", context)


def markdown(request: HttpRequest) -> HttpResponse:
    """Return the chosen evaluations side by side as Markdown; 400 with a sentence where that cannot be."""
    return _file(request, as_markdown, "text/markdown; charset=utf-8", "md")


def pdf(request: HttpRequest) -> HttpResponse:
    """Return the chosen evaluations side by side as PDF; 400 with a sentence where that cannot be."""
    return _file(request, as_pdf, "application/pdf", "pdf")


def _file(request: HttpRequest, write: Any, content_type: str, ending: str) -> HttpResponse:
    try:
        report = compare(_chosen(request))
    except NotComparable as refusal:
        return HttpResponse(str(refusal), status=400, content_type="text/plain; charset=utf-8")
    response = HttpResponse(write(report), content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="versions.{ending}"'
    return response


def _chosen(request: HttpRequest) -> list[Evaluation]:
    """Return the finished evaluations that the address names, what the others are compared with first."""
    wanted = [int(one) for one in request.GET.getlist("e") if one.isdecimal() and len(one) < 19]
    found = {one.pk: one for one in Evaluation.objects.finished().filter(pk__in=wanted)}
    first = request.GET.get("first", "")
    order = sorted(
        dict.fromkeys(pk for pk in wanted if pk in found), key=lambda pk: (str(pk) != first, wanted.index(pk))
    )
    return [found[pk] for pk in order]


def _charts(report: Report) -> list[tuple[str, Any]]:
    drawn: list[tuple[str, Any]] = []
    rows = rows_of(report)
    for line in report.lines:
        named = FIGURES[line.name]
        points = [
            _point(line.name, row, cell.figure)
            for row, cell in zip([row for row in rows if row.figure == line.name], line.cells, strict=True)
        ]
        drawn.append((str(named.name), intervals(str(named.name), points, named.write)))
    return drawn


def _point(name: str, row: Row, figure: Any) -> Point:
    words = [row.version, row.value, row.interval, row.meaning]
    return Point(
        row.version,
        "\n".join(word for word in words if word),
        (figure["value"], figure["low"], figure["high"]),
        reverse("admin:workshop_evaluation_change", args=[row.evaluation]),
    )
