"""From a question to the passages of a site: encode, search, rank, and rerank where that is served."""

import logging
import time
from collections import OrderedDict
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from chatbot.database_calls import in_database
from chatbot.knowledge.candidate_search import SiteCandidates, encoders_in_memory, search_site
from chatbot.knowledge.encoders import encoders_for_questions, family
from chatbot.knowledge.index.loaded import loaded_indexes
from chatbot.knowledge.index.site_index import SiteIndex, searched_passages
from chatbot.knowledge.ranking.mixing import Ranked, rank
from chatbot.knowledge.retrieval import Found, Retrieval
from inference.catalog import load_catalog
from inference.encoding import EncoderUnavailable

logger = logging.getLogger(__name__)

_QUESTIONS_KEPT = 256
# Reading with a cross-encoder is slow; what is not among the first would hardly come to the top.
_RERANKED = 10

Vector = NDArray[np.float32]


class SiteRetriever:
    """Searches the knowledge of one site; any number of them share the process's index."""

    def __init__(self, site_id: int) -> None:
        self.site_id = site_id

    async def retrieve(self, query: str, *, limit: int = 5) -> Retrieval | None:
        """Return the best `limit` passages for `query`; None where the site has none that is searched.

        Without an encoder only words are compared, and the retrieval is marked as partial.
        """
        if not await in_database(_has_passages, self.site_id):
            return None
        started = time.perf_counter()
        try:
            vectors = await _encoded(query)
        except EncoderUnavailable as error:
            logger.warning("Only words are compared: %s", error)
            vectors = {}
        encoded = time.perf_counter()
        held = await in_database(encoders_in_memory, self.site_id, vectors)
        index = await loaded_indexes.of(self.site_id, held)
        found, ranked = await in_database(_searched, index, query, vectors)
        if index.is_behind:
            loaded_indexes.catch_up(index)
        if vectors:
            ranked = await _reranked(found, ranked)
        return Retrieval(
            query=query,
            found=[_found(found, ranked, place) for place in ranked.order[:limit].tolist()],
            confidence=ranked.confidence,
            is_partial=not vectors,
            encode_ms=(encoded - started) * 1000,
            search_ms=(time.perf_counter() - encoded) * 1000,
        )


def _searched(index: SiteIndex, query: str, vectors: dict[str, Vector]) -> tuple[SiteCandidates, Ranked]:
    """Search and rank, in a thread: both are computation that no socket shall wait for."""
    found = search_site(index, query, vectors)
    return found, rank(found.candidates)


class _RecentQuestions:
    """The vectors of the last questions: to ask again, or to try other settings, costs no encoding."""

    def __init__(self) -> None:
        self._vectors: OrderedDict[tuple[str, tuple[str, ...]], dict[str, Vector]] = OrderedDict()

    def get(self, key: tuple[str, tuple[str, ...]]) -> dict[str, Vector] | None:
        if key in self._vectors:
            self._vectors.move_to_end(key)
        return self._vectors.get(key)

    def put(self, key: tuple[str, tuple[str, ...]], vectors: dict[str, Vector]) -> None:
        self._vectors[key] = vectors
        while len(self._vectors) > _QUESTIONS_KEPT:
            self._vectors.popitem(last=False)

    def forget(self) -> None:
        """Drop all, as tests do after each other."""
        self._vectors.clear()


recent_questions = _RecentQuestions()


async def _encoded(query: str) -> dict[str, Vector]:
    encoders = encoders_for_questions()
    key = (query, (await encoders.served()).encoders)
    vectors = recent_questions.get(key)
    if vectors is None:
        vectors = await encoders.embed_query(query, skip=lambda name: _is_blind(name, query))
        recent_questions.put(key, vectors)
    return vectors


def _is_blind(encoder: str, query: str) -> bool:
    """Tell whether an encoder knows English alone and the question has not one Latin letter."""
    entry = load_catalog().find(family(encoder))
    return (
        entry is not None
        and entry.languages == ("en",)
        and not any(c.isascii() and c.isalpha() for c in query)
    )


async def _reranked(found: SiteCandidates, ranked: Ranked) -> Ranked:
    """Put the first candidates into the order of the cross-encoder, where one is served."""
    encoders = encoders_for_questions()
    try:
        if not (await encoders.served()).reranker:
            return ranked
        first = ranked.order[:_RERANKED]
        texts = [found.candidates.passages[place].text for place in first.tolist()]
        scores = await encoders.rerank(found.candidates.query, texts)
    except EncoderUnavailable as error:
        logger.warning("The passages are not read beside the question: %s", error)
        return ranked
    order = np.concatenate([first[np.argsort(-scores, kind="stable")], ranked.order[_RERANKED:]])
    mixed = ranked.scores.copy()
    mixed[first] = scores
    return replace(ranked, order=order, scores=mixed)


def _found(found: SiteCandidates, ranked: Ranked, place: int) -> Found:
    passage = found.rows[int(found.candidates.passages[place].key)]
    return Found(
        passage_id=passage.passage_id,
        document_id=passage.document_id,
        title=passage.title,
        url=passage.url,
        heading=passage.heading,
        question=passage.question,
        text=passage.text,
        **ranked.scores_at(place),
    )


def _has_passages(site_id: int) -> bool:
    return searched_passages(site_id).exists()
