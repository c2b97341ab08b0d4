"""The index of one site, kept up with the database."""

import threading
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from django.db.models import Min, QuerySet
from numpy.typing import NDArray

from chatbot.knowledge.index.memory import DEPTH, Hits, MemoryIndex
from chatbot.knowledge.index.segments import Segment
from chatbot.knowledge.index.words import words
from chatbot.knowledge.models import KnowledgeChange, KnowledgeRevision, Passage, PassageVector
from chatbot.knowledge.passage_text import passage_text
from chatbot.knowledge.vectors import unpacked

_PASSAGES_AT_A_TIME = 1_000
# A search itself takes in so many changed documents; more are left to whoever calls `follow`.
_DOCUMENTS_ON_THE_WAY = 20


class SiteIndex:
    """The words of all passages of a site that are searched, and their vectors from some encoders.

    For many threads. `read` must have been called once before a search.
    """

    def __init__(self, site_id: int, encoders: Sequence[str]) -> None:
        self.site_id = site_id
        self.encoders = tuple(encoders)
        self._memory = MemoryIndex(encoders)
        self._revision = 0
        # Whether the last search found more changes than it could take in itself.
        self.is_behind = False
        self._following = threading.Lock()

    def __len__(self) -> int:
        return len(self._memory)

    @property
    def nbytes(self) -> int:
        """Memory of the index, in bytes."""
        return self._memory.nbytes

    def read(self) -> None:
        """Read all passages from the database, in pieces."""
        with self._following:
            self._read()

    def follow(self, at_most: int | None = None) -> bool:
        """Take in what changed since the last time; return whether the index is now as the database is.

        Where more than `at_most` documents changed, or another thread is at it, nothing is done.
        """
        if self._revision == revision_of(self.site_id):
            return True
        if not self._following.acquire(blocking=at_most is None):
            return False
        try:
            return self._catch_up(at_most)
        finally:
            self._following.release()

    def search(
        self,
        query: str,
        vectors: Mapping[str, NDArray[np.float32]],
        depth: int = DEPTH,
        others: Sequence[int] = (),
    ) -> Hits:
        """Return the hits for a question, see MemoryIndex, in the state of the database of just now.

        Only after very many changes at once it is the state of before, until somebody has called `follow`.
        """
        self.is_behind = not self.follow(_DOCUMENTS_ON_THE_WAY)
        return self._memory.search(words(query), vectors, depth, others)

    def forget(self, keys: Sequence[int]) -> None:
        """Drop passages that the database was found to have no longer."""
        self._memory.remove(keys)

    def _read(self) -> None:
        # What changes while we read is read again afterwards, by its number.
        self._revision = revision_of(self.site_id)
        fresh = MemoryIndex(self.encoders)
        for segment in self._segments(searched_passages(self.site_id)):
            fresh.append(segment)
        self._memory = fresh

    def _catch_up(self, at_most: int | None) -> bool:
        newest = revision_of(self.site_id)
        changes = KnowledgeChange.objects.filter(site_id=self.site_id)
        oldest = changes.aggregate(oldest=Min("number"))["oldest"]
        if oldest is None or oldest > self._revision + 1:
            if at_most is None:
                self._read()
            return at_most is None
        numbers = changes.filter(number__gt=self._revision, number__lte=newest)
        documents = list(numbers.values_list("document_id", flat=True).distinct())
        if at_most is not None and len(documents) > at_most:
            return False
        for start in range(0, len(documents), _PASSAGES_AT_A_TIME):
            some = documents[start : start + _PASSAGES_AT_A_TIME]
            passages = searched_passages(self.site_id).filter(document__in=some)
            self._memory.replace_answers(some, list(self._segments(passages)))
        self._revision = newest
        return True

    def _segments(self, passages: QuerySet[Passage]) -> Iterator[Segment]:
        """Yield the passages in pieces, by their keys."""
        last = 0
        while True:
            rows = list(
                passages.filter(pk__gt=last)
                .order_by("pk")
                .values_list("pk", "document_id", "document__title", "heading", "question", "text")[
                    :_PASSAGES_AT_A_TIME
                ]
            )
            if not rows:
                return
            last = rows[-1][0]
            keys = [pk for pk, *_rest in rows]
            texts = [words(passage_text(*parts)) for _pk, _document, *parts in rows]
            yield Segment.of(keys, [row[1] for row in rows], texts, self._vectors(keys))

    def _vectors(self, keys: Sequence[int]) -> dict[str, NDArray[np.floating]]:
        return {name: _rows(self.site_id, name, keys) for name in self.encoders}


def revision_of(site_id: int) -> int:
    """Return how often the site's passages have changed; 0 where they never did."""
    number = KnowledgeRevision.objects.filter(site_id=site_id).values_list("number", flat=True).first()
    return number or 0


def searched_passages(site_id: int) -> QuerySet[Passage]:
    """Return the passages of a site that are searched: not those of sources that are switched off."""
    return Passage.objects.filter(site_id=site_id, document__source__is_enabled=True)


def _rows(site_id: int, encoder: str, keys: Sequence[int]) -> NDArray[np.floating]:
    """Return the stored vectors of passages in the order of `keys`; NaN where there is none."""
    stored = PassageVector.objects.filter(site_id=site_id, encoder=encoder, passage__in=keys)
    by_key = dict(stored.values_list("passage_id", "values"))
    if not by_key:
        return np.full((len(keys), 0), np.nan, np.float32)
    vectors = unpacked(list(by_key.values()))
    rows = np.full((len(keys), vectors.shape[1]), np.nan, np.float32)
    places = {key: place for place, key in enumerate(keys)}
    rows[[places[key] for key in by_key]] = vectors
    return rows
