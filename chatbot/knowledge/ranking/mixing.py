"""One score for each candidate, from all that is known of it."""

from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from chatbot.knowledge.ranking.candidates import Candidates
from chatbot.knowledge.ranking.comparing import ENGLISH_ENCODER, Comparable, comparable
from chatbot.knowledge.ranking.confidence import confidence_of
from chatbot.knowledge.ranking.parameters import Parameters, Weights, tuned

Scores = NDArray[np.float32]


class Scored(TypedDict):
    """A candidate's scores by meaning, by words, and by both together."""

    vector: float
    lexical: float | None
    score: float


@dataclass(frozen=True, slots=True)
class Ranked:
    """Scores from 0 to 1 for each candidate; `order` has the candidates' places, the best first.

    `lexical` is None where words were not compared with any of them.
    """

    order: NDArray[np.int64]
    scores: Scores
    vector: Scores
    lexical: Scores | None
    confidence: float

    def scores_at(self, place: int) -> Scored:
        """Return what is told of the candidate at this place."""
        return Scored(
            vector=float(self.vector[place]),
            lexical=None if self.lexical is None else float(self.lexical[place]),
            score=float(self.scores[place]),
        )


def rank(candidates: Candidates, parameters: Parameters | None = None) -> Ranked:
    """Order the candidates by their mixed scores, and say how sure the best one answers the question.

    Scores are absolute, so that a passage's score does not depend on what else was found: the encoders'
    cosines, each spread over the range that it uses, and the words. Words count within one script alone, the
    English encoder between English texts alone; what is left out leaves its weight to the rest. Scores of
    different scripts are not alike, then: passages in the question's own script come before all others,
    unless it takes the others to answer it.
    """
    chosen = parameters or tuned()
    count = len(candidates.passages)
    may = comparable(candidates)
    lexical = lexical_scores(candidates, may)
    scores, vector = mixed(candidates, may, lexical, chosen)
    order, confidence = np.arange(count), 0.0
    if count:
        groups = [_judged(places, candidates, may, scores, lexical, chosen) for places in by_script(may)]
        # The question's own script comes first, unless only another one has an answer.
        groups.sort(key=lambda group: group[1] < chosen.low)
        order = np.concatenate([places for places, _confidence in groups])
        confidence = groups[0][1]
    return Ranked(order, scores, vector, lexical if may.words.any() else None, confidence)


def by_script(may: Comparable) -> list[NDArray[np.int64]]:
    """Return the places of those in the question's script, then of the others; no empty ones."""
    groups = (np.flatnonzero(may.words), np.flatnonzero(~may.words))
    return [places for places in groups if len(places)]


def _judged(
    places: NDArray[np.int64],
    candidates: Candidates,
    may: Comparable,
    scores: Scores,
    lexical: Scores,
    parameters: Parameters,
) -> tuple[NDArray[np.int64], float]:
    """Return `places` with the best first, and how sure it is that the first one answers the question."""
    order = np.argsort(-scores[places], kind="stable")
    confidence = confidence_of(
        candidates.at(places), may.at(places), scores[places], lexical[places], order, parameters
    )
    return places[order], confidence


def lexical_scores(candidates: Candidates, may: Comparable) -> Scores:
    """The mean of BM25 as a share of what it could be and of the share of the words covered; 0 where
    words are not compared."""
    if candidates.lexical is None or candidates.covered is None or candidates.lexical_ideal <= 0:
        return np.zeros(len(candidates.passages), np.float32)
    share = np.minimum(candidates.lexical / candidates.lexical_ideal, 1)
    both: Scores = ((share + candidates.covered) / 2).astype(np.float32)
    return np.where(may.words, both, 0).astype(np.float32)


def mixed(
    candidates: Candidates, may: Comparable, lexical: Scores, parameters: Parameters
) -> tuple[Scores, Scores]:
    """Return the mixed scores, and the part of the vectors alone, each from 0 to 1."""
    count = len(candidates.passages)
    total, weight = np.zeros(count, np.float32), np.zeros(count, np.float32)
    for name, cosines in candidates.vectors.items():
        known = ~np.isnan(cosines)
        if name == ENGLISH_ENCODER:
            known &= may.english
        weights = np.where(may.english, *_by_kind(parameters, name)).astype(np.float32) * known
        low, high = parameters.ranges.get(name, (0.0, 1.0))
        total += weights * np.nan_to_num(np.clip((cosines - low) / (high - low), 0, 1))
        weight += weights
    vector = np.divide(total, weight, out=np.zeros(count, np.float32), where=weight > 0)
    words = np.where(may.english, parameters.english.words, parameters.same_script.words) * may.words
    with_words = total + words.astype(np.float32) * lexical
    all_weights = weight + words.astype(np.float32)
    scores = np.divide(with_words, all_weights, out=np.zeros(count, np.float32), where=all_weights > 0)
    return scores.astype(np.float32), vector.astype(np.float32)


def _by_kind(parameters: Parameters, encoder: str) -> tuple[float, float]:
    return _weight(parameters.english, encoder), _weight(parameters.same_script, encoder)


def _weight(weights: Weights, encoder: str) -> float:
    return weights.english_vector if encoder == ENGLISH_ENCODER else weights.vector
