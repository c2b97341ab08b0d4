"""What `manage.py evaluate answers` says of each question, as rows of an evaluation."""

from collections.abc import Iterable, Iterator
from typing import Any

from inference.training.evaluate.rows import Row

MEASURE = "answers"
REFUSED = "unknown"


def answer_rows(said: Iterable[dict[str, Any]]) -> Iterator[Row]:
    """Yield a row for each question; what a question says nothing about counts as nothing of nothing.

    So every version has the same rows, and two are compared question by question.
    """
    for one in said:
        refused, answerable = one["kind"] == REFUSED, one["answerable"]
        answered = answerable and not refused
        is_cited, likeness = one["cited_relevant"], one["token_f1"]
        yield Row(
            MEASURE,
            one["question"],
            {
                "cited": _counted(bool(is_cited), answered and is_cited is not None),
                "token_f1": _counted(likeness or 0.0, answered and likeness is not None),
                "refused_when_unanswerable": _counted(refused, not answerable),
                "refused_when_answerable": _counted(refused, answerable),
            },
            {
                "question": one["question"],
                "answer": one["answer"],
                "reference": one["reference"],
                "refused": refused,
            },
        )


def _counted(value: float, counts: bool) -> list[float]:
    return [float(value), 1.0] if counts else [0.0, 0.0]
