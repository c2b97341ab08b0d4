"""Whether an encoder by itself finds the passage that answers a question, and how fast it reads."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from inference.engine.encoder import Encoder
from inference.training.evaluate.rows import Row
from inference.training.evaluate.sampling import chosen, digest_of
from inference.training.json_lines import BadLines, ids_in, json_objects, text_in

MEASURE = "retrieval"
_AT_ONCE = 32
# Further behind, a passage is of no use: neither the model nor a person looks there.
_RANKED = 10


@dataclass(frozen=True, slots=True)
class Passage:
    """A text that may answer a question."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question, and the ids of the passages that answer it."""

    text: str
    relevant: frozenset[str]


def read_passages(file: Path) -> list[Passage]:
    """Read JSON lines, {"id", "text", "title"?}; a title stands before its text. Raises BadLines."""
    found: dict[str, Passage] = {}
    for place, value in json_objects(file, needed=True):
        key, text = text_in(value, "id", place), text_in(value, "text", place)
        title = text_in(value, "title", place, needed=False)
        found[key] = Passage(key, f"{title}\n{text}" if title else text)
    return list(found.values())


def read_questions(file: Path, passages: Sequence[Passage], most: int) -> list[Question]:
    """Read JSON lines, {"question", "relevant": [ids]}; at most so many. Raises BadLines.

    Questions that no passage answers are left out: an encoder alone refuses none.
    """
    known = {passage.id for passage in passages}
    found = []
    for place, value in json_objects(file):
        text = text_in(value, "question", place)
        ids = ids_in(value, "relevant", place) if value.get("relevant") else frozenset()
        if unknown := sorted(ids - known):
            raise BadLines(f"{place}: there is no passage “{unknown[0]}”.")
        if ids:
            found.append(Question(text, ids))
    if not found:
        raise BadLines(f"{file} has no question that names a passage under “relevant”.")
    return chosen(found, most, lambda question: question.text)


def named(passages: Sequence[Passage], questions: Sequence[Question]) -> str:
    """Return what names these passages and questions."""
    texts = [f"{passage.id} {passage.text}" for passage in passages]
    asked = [f"{question.text} {' '.join(sorted(question.relevant))}" for question in questions]
    return digest_of([*texts, "", *asked])


def vectors_of(encoder: Encoder, passages: Sequence[Passage]) -> tuple[np.ndarray[Any, Any], float]:
    """Return the unit vectors of the passages [passages, width], and how many texts a second that were."""
    # The first pass also pays for what is done once.
    encoder.embed([passages[0].text], "passage")
    began = time.perf_counter()
    found: list[list[float]] = []
    for start in range(0, len(passages), _AT_ONCE):
        texts = [passage.text for passage in passages[start : start + _AT_ONCE]]
        found += encoder.embed(texts, "passage").vectors
    return np.array(found), len(passages) / (time.perf_counter() - began)


def rows(
    encoder: Encoder,
    passages: Sequence[Passage],
    vectors: np.ndarray[Any, Any],
    questions: Sequence[Question],
) -> Iterator[Row]:
    """Yield a row for each question: the passages are ranked by the cosine of their vectors with its own.

    recall@k is 1 where one of the relevant passages is among the first k, and the reciprocal rank is that of
    the first relevant one, 0 beyond the tenth (Craswell 2009, "Mean reciprocal rank").
    """
    for question in questions:
        (vector,) = encoder.embed([question.text], "query").vectors
        order = np.argsort(-(vectors @ np.array(vector)), kind="stable")[:_RANKED]
        ranked = [passages[place].id for place in order]
        rank = next((at for at, key in enumerate(ranked, 1) if key in question.relevant), None)
        values = {
            "recall_at_1": [float(rank == 1), 1.0],
            "recall_at_5": [float(rank is not None and rank <= 5), 1.0],
            "mrr_at_10": [1.0 / rank if rank is not None else 0.0, 1.0],
        }
        said = {
            "question": question.text,
            "reference": ", ".join(sorted(question.relevant)),
            "answer": ", ".join(ranked[:5]),
        }
        yield Row(MEASURE, question.text[:200], values, said)
