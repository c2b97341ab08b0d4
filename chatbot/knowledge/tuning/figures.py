"""What is promised of retrieval, measured on the development data."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from chatbot.knowledge.ranking.candidates import Candidates
from chatbot.knowledge.ranking.mixing import rank
from chatbot.knowledge.ranking.parameters import Parameters
from chatbot.knowledge.text_retriever import TextPassage
from chatbot.knowledge.tuning.choosing import Found
from chatbot.knowledge.tuning.datasets import Data, Reading
from chatbot.knowledge.tuning.scenarios import Asked, Scenario

SPLITS = {
    "covid_faq": "all questions of the FAQ as passages, each paraphrase that was judged similar asked once",
    "banking77": "every second row of train as passages, the others asked; the same intent is a hit",
    "xquad": "the 120 even paragraphs as passages, all of their questions asked",
    "cmrc2018": "the 256 passages of the trial as passages, all of their questions asked",
    "confidence": "chatbot/knowledge/tuning/scenarios.py; the questions that parameters are chosen on",
}


def promised(data: Data) -> Iterator[Scenario]:
    """Yield the knowledge bases whose recall is promised."""
    yield Scenario(
        "covid_faq",
        "covid",
        [TextPassage(question, "", question=question) for question in data.faq],
        [Asked(text, frozenset({question})) for text, question in data.paraphrases],
    )
    texts, intents = data.banking.texts, data.banking.intents
    same: dict[str, set[str]] = {}
    for place in range(0, len(texts), 2):
        same.setdefault(intents[place], set()).add(str(place))
    yield Scenario(
        "banking77",
        "banking",
        [TextPassage(str(place), texts[place]) for place in range(0, len(texts), 2)],
        [
            Asked(texts[place], frozenset(same[intents[place]]))
            for place in range(1, len(texts), 2)
            if intents[place] in same
        ],
    )
    yield _read("xquad_en", data.xquad_en, data.xquad_en)
    yield _read("xquad_zh", data.xquad_zh, data.xquad_zh)
    yield _read("xquad_zh_en", data.xquad_zh, data.xquad_en)
    yield _read("cmrc2018", data.cmrc, data.cmrc)


def recall_figures(
    scenario: Scenario, found: Sequence[Candidates], parameters: Parameters
) -> dict[str, float]:
    """Return recall at 1 and 5 of the answered questions."""
    ranks = []
    for asked, one in zip(scenario.asked, found, strict=True):
        first = rank(one, parameters).order[:5].tolist()
        ids = [scenario.passages[one.passages[place].key].id for place in first]
        ranks.append(next((place for place, key in enumerate(ids) if key in asked.relevant), 99))
    return {
        "recall@1": round(float(np.mean([place < 1 for place in ranks])), 4),
        "recall@5": round(float(np.mean([place < 5 for place in ranks])), 4),
    }


def confidence_figures(found: Found, parameters: Parameters) -> dict[str, dict[str, float]]:
    """Return by scenario which shares are refused and answered word for word, and how often rightly."""
    figures = {}
    for scenario, candidates in found:
        ranked = [rank(one, parameters) for one in candidates]
        sure = np.array([one.confidence for one in ranked])
        answered = np.array([bool(asked.relevant) for asked in scenario.asked])
        right = np.array(
            [
                len(one.order) > 0
                and scenario.passages[some.passages[int(one.order[0])].key].id in asked.relevant
                for asked, some, one in zip(scenario.asked, candidates, ranked, strict=True)
            ]
        )
        strong = sure >= parameters.strong
        figures[scenario.name] = {
            "refused_when_answerable": _share(sure[answered] < parameters.low),
            "refused_when_unanswerable": _share(sure[~answered] < parameters.low),
            "strong_when_answerable": _share(strong[answered]),
            "right_when_strong_and_answerable": _share(right[strong & answered]),
            "strong_when_unanswerable": _share(strong[~answered]),
        }
    return figures


def lines_of(figures: dict[str, Any]) -> Iterator[str]:
    """Yield the figures as a table for people."""
    for name, values in figures["recall"].items():
        yield f"{name:32} recall@1 {values['recall@1']:.4f}  recall@5 {values['recall@5']:.4f}"
    yield f"{'':32} refused: answerable, not; word for word: answerable, of them right, not answerable"
    for name, values in figures["confidence"].items():
        yield f"{name:32} " + "  ".join(f"{value:.3f}" for value in values.values())


def _read(name: str, asked: Reading, read: Reading) -> Scenario:
    return Scenario(
        name,
        name,
        [TextPassage(str(place), text) for place, text in enumerate(read.passages)],
        [
            Asked(text, frozenset({str(place)}))
            for text, place in zip(asked.questions, asked.places, strict=True)
        ],
    )


def _share(values: "np.ndarray[Any, np.dtype[np.bool_]]") -> float:
    return round(float(values.mean()), 4) if len(values) else 0.0
