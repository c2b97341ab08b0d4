"""Which of a candidate's scores mean something for a question."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chatbot.knowledge.ranking.candidates import Candidates
from chatbot.knowledge.ranking.languages import is_english, script_of

# Knows English alone; every other encoder is taken to know all languages.
ENGLISH_ENCODER = "all-MiniLM-L6-v2"


@dataclass(frozen=True, slots=True)
class Comparable:
    """For each candidate: whether its words may be compared, and whether it and the question are English."""

    words: NDArray[np.bool_]
    english: NDArray[np.bool_]

    def at(self, places: NDArray[np.int64]) -> "Comparable":
        """Return the same for the candidates at these places alone."""
        return Comparable(self.words[places], self.english[places])


def comparable(candidates: Candidates) -> Comparable:
    """Compare scripts and languages of the question and of each candidate.

    A question without letters, such as the number of an order, is compared by words with everything.
    """
    script = script_of(candidates.query)
    texts = [passage.text for passage in candidates.passages]
    words = np.array([not script or script_of(text) == script for text in texts], np.bool_)
    if not is_english(candidates.query):
        return Comparable(words, np.zeros(len(texts), np.bool_))
    return Comparable(words, np.array([is_english(text) for text in texts], np.bool_))
