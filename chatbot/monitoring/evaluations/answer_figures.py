"""From judged answers to figures."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

from chatbot.conversations.answering import words

REFUSED = "unknown"


@dataclass(frozen=True, slots=True)
class Judged:
    """One answer beside what was expected of it.

    `cited_relevant` tells whether a relevant passage is among the sources shown with the answer, and
    `used_relevant` whether the answer itself comes from one; None where nobody says what is relevant.
    """

    kind: str
    answerable: bool
    cited_relevant: bool | None
    used_relevant: bool | None
    answer: str
    reference: str
    unsupported: int
    written: int
    added_ms: float


def token_f1(answer: str, reference: str) -> float:
    """Return the harmonic mean of precision and recall of the words of `answer`, as SQuAD counts it.

    Chinese and Japanese count by character. Rajpurkar et al., 2016 (https://arxiv.org/abs/1606.05250), but
    without leaving out articles.
    """
    said, wanted = Counter(words.tokens(answer)), Counter(words.tokens(reference))
    common = sum((said & wanted).values())
    if not common:
        return 0.0
    precision, recall = common / sum(said.values()), common / sum(wanted.values())
    return 2 * precision * recall / (precision + recall)


def figures_of(judged: Iterable[Judged]) -> dict[str, Any]:
    """Return the figures; a share of nothing is None."""
    everything = list(judged)
    kinds = sorted({each.kind for each in everything})
    return {
        "questions": len(everything),
        **_figures(everything),
        "refused_when_unanswerable": _share(
            each.kind == REFUSED for each in everything if not each.answerable
        ),
        "refused_when_answerable": _share(each.kind == REFUSED for each in everything if each.answerable),
        "retrieve_p50_ms": _rounded(median([each.added_ms for each in everything] or [0.0])),
        "by_kind": {
            kind: {
                "answers": sum(each.kind == kind for each in everything),
                **_figures([each for each in everything if each.kind == kind]),
            }
            for kind in kinds
        },
    }


def _figures(judged: Sequence[Judged]) -> dict[str, Any]:
    answered = [each for each in judged if each.kind != REFUSED]
    return {
        "answered": _share(each.kind != REFUSED for each in judged),
        "cited_relevant": _share(
            each.cited_relevant for each in answered if each.answerable and each.cited_relevant is not None
        ),
        "used_relevant": _share(
            each.used_relevant for each in answered if each.answerable and each.used_relevant is not None
        ),
        "token_f1": _mean(
            token_f1(each.answer, each.reference) for each in answered if each.answerable and each.reference
        ),
    }


def _share(values: Iterable[bool | None]) -> float | None:
    return _mean(float(bool(value)) for value in values)


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return _rounded(fmean(found)) if found else None


def _rounded(value: float) -> float:
    return round(value, 4)
