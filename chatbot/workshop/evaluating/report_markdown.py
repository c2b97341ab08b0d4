"""A report as Markdown."""

from django.utils.translation import gettext as _

from chatbot.workshop.evaluating.comparing import Report, in_words
from chatbot.workshop.evaluating.report_table import cells_of, conditions_of, heads, how, rows_of

_SPECIAL = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_[]<>|#"})


def as_markdown(report: Report) -> str:
    """Return the report with everything that came from people escaped."""
    lines = [f"# {_('Versions side by side')}", ""]
    for evaluation in report.evaluations:
        lines.append(f"- **{_plain(str(evaluation.version))}**: {_plain(conditions_of(evaluation))}")
    lines += ["", f"## {_('What is real')}", ""]
    lines += [f"- {_plain(sentence)}" for sentence in in_words(report)]
    lines += [f"- {_plain(sentence)}" for sentence in report.left_out]
    lines += ["", f"## {_('Figures')}", "", _line(heads()), _line(["---"] * len(heads()))]
    lines += [_line([_plain(cell) for cell in cells_of(row)]) for row in rows_of(report)]
    return "\n".join([*lines, "", how(), ""])


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    return " ".join(text.split()).translate(_SPECIAL)
