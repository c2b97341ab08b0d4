"""From a question to the passages that may answer it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that was found, with its scores from 0 to 1; `lexical` is None where words were not compared.

    Where `question` is set, `text` is a curated answer.
    """

    passage_id: str
    document_id: str
    title: str
    url: str
    heading: str
    question: str
    text: str
    vector: float
    lexical: float | None
    score: float


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What was found for a question, the best first.

    `confidence` is the probability that the best one answers the question, from 0 to 1. `is_partial` says
    that the encoder was out of reach, so that only words were compared.
    """

    query: str
    found: Sequence[Found]
    confidence: float
    is_partial: bool = False
    encode_ms: float = 0.0
    search_ms: float = 0.0


class Retriever(Protocol):
    """Searches the knowledge of one site."""

    async def retrieve(self, query: str, *, limit: int = 5) -> Retrieval | None:
        """Return the best `limit` passages for `query`; None where the site has none at all."""
