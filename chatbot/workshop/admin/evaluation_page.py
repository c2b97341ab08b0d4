"""What an evaluation's page shows."""

from typing import Any

from chatbot.analytics.models import SentimentLabel
from chatbot.workshop.evaluating.report_table import conditions_of, interval_of
from chatbot.workshop.evaluating.words import FIGURES, sentence
from chatbot.workshop.models import Evaluation, Measure
from inference.training.evaluate.rows import read_rows

_SHOWN_EXAMPLES = 20


def shown(evaluation: Evaluation) -> dict[str, Any]:
    """Return the context of the page."""
    return {
        "evaluation": evaluation,
        "what": sentence(evaluation.message, evaluation.detail) if evaluation.message else "",
        "is_live": not evaluation.is_finished,
        "minutes_left": -(-evaluation.seconds_left // 60) if evaluation.seconds_left is not None else None,
        "measures": [Measure(name).label for name in evaluation.measures if name in Measure],
        "lines": [
            {
                "name": named.name,
                "value": named.write(figure["value"]),
                "interval": interval_of(name, figure["low"], figure["high"]),
                "n": figure["n"],
            }
            for name, named in FIGURES.items()
            if (figure := evaluation.figure(name)) is not None
        ],
        "conditions": conditions_of(evaluation),
        "confusion": _confusion(evaluation.figures.get("confusion")),
        "examples": _examples(evaluation) if evaluation.is_finished else [],
    }


def _confusion(found: Any) -> dict[str, Any] | None:
    if not isinstance(found, dict):
        return None
    names = dict(SentimentLabel.choices)
    labels = [names.get(label, label) for label in found["labels"]]
    rows = [
        (label, [(count, place == right) for place, count in enumerate(row)])
        for right, (label, row) in enumerate(zip(labels, found["rows"], strict=True))
    ]
    return {"labels": labels, "rows": rows}


def _examples(evaluation: Evaluation) -> list[dict[str, Any]]:
    """Return the first examples that something was said to, with what was expected."""
    found: list[dict[str, Any]] = []
    try:
        for row in read_rows(evaluation.per_example):
            if "answer" in row.said and sum(one["measure"] == row.measure for one in found) < _SHOWN_EXAMPLES:
                found.append({"measure": row.measure, **row.said})
    except (OSError, ValueError):
        return []
    return found
