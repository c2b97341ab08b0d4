"""From judged answers to figures."""

import pytest

from chatbot.monitoring.evaluations.answer_figures import Judged, figures_of, token_f1


def _judged(kind: str, answerable: bool = True, cited: bool | None = True, answer: str = "a b") -> Judged:
    return Judged(
        kind=kind,
        answerable=answerable,
        cited_relevant=cited,
        used_relevant=cited,
        answer=answer,
        reference="a b",
        unsupported=0,
        written=0,
        added_ms=10.0,
    )


@pytest.mark.parametrize(
    ("answer", "reference", "f1"),
    [("a b", "a b", 1.0), ("a", "b", 0.0), ("a b c d", "a b", 2 / 3), ("退货", "退", 2 / 3), ("", "a", 0.0)],
)
def test_overlap_of_words(answer: str, reference: str, f1: float) -> None:
    assert token_f1(answer, reference) == pytest.approx(f1)


def test_figures_count_what_they_say() -> None:
    figures = figures_of(
        [
            _judged("quoted"),
            _judged("curated", cited=False, answer="x"),
            _judged("unknown"),
            _judged("unknown", answerable=False, cited=None),
            _judged("quoted", answerable=False, cited=None),
        ]
    )

    assert figures["questions"] == 5 and figures["answered"] == 0.6
    assert figures["cited_relevant"] == 0.5 and figures["token_f1"] == 0.5
    assert figures["refused_when_unanswerable"] == 0.5
    assert figures["refused_when_answerable"] == pytest.approx(1 / 3, abs=1e-4)
    assert figures["by_kind"]["curated"] == {
        "answers": 1,
        "answered": 1.0,
        "cited_relevant": 0.0,
        "used_relevant": 0.0,
        "token_f1": 0.0,
    }


def test_shares_of_nothing_are_none() -> None:
    figures = figures_of([])

    assert figures["cited_relevant"] is None and figures["refused_when_answerable"] is None
