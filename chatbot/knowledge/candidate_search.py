"""From a question's words and vectors to candidates, with the passages as the database has them now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chatbot.knowledge import nearest
from chatbot.knowledge.encoders import family
from chatbot.knowledge.index.loaded import loaded_indexes
from chatbot.knowledge.index.memory import DEPTH, Hits
from chatbot.knowledge.index.site_index import SiteIndex, searched_passages
from chatbot.knowledge.models import PassageVector
from chatbot.knowledge.passage_text import passage_text
from chatbot.knowledge.ranking.candidates import Candidates, PassageFacts
from chatbot.knowledge.vectors import unpacked

Vector = NDArray[np.float32]


# Up to so many passages PostgreSQL compares all vectors of a site within some milliseconds.
SMALL_SITE = 5_000
# What an index in memory needs for the words of one passage, about.
BYTES_OF_WORDS = 400


class Row(NamedTuple):
    """A passage with what is shown of its document; objects of the models would take three times as long."""

    key: int
    passage_id: str
    heading: str
    question: str
    text: str
    document_key: int
    document_id: str
    title: str
    url: str


_FIELDS = (
    *("pk", "public_id", "heading", "question", "text"),
    *("document_id", "document__public_id", "document__title", "document__url"),
)


@dataclass(frozen=True, slots=True)
class SiteCandidates:
    """The candidates of a site, with what of each is shown; `rows` by key."""

    candidates: Candidates
    rows: Mapping[int, Row]


def search_site(index: SiteIndex, query: str, vectors: Mapping[str, Vector]) -> SiteCandidates:
    """Return the candidates for a question, given its vectors by encoder (multilingual-e5-small@1).

    Candidates come from the index; their texts and exact cosines from queries that name the site, so that
    nothing of another site and nothing that was removed or switched off can be among them.
    """
    by_database: list[int] = []
    if nearest.is_available():
        for name in vectors.keys() - set(index.encoders):
            by_database += nearest.nearest(index.site_id, name, vectors[name], DEPTH)
    hits = index.search(query, vectors, others=by_database)
    keys = hits.keys.tolist()
    passages = searched_passages(index.site_id).filter(pk__in=keys).order_by().values_list(*_FIELDS)
    rows = {values[0]: Row(*values) for values in passages}
    if len(rows) < len(keys):
        index.forget([key for key in keys if key not in rows])
    return SiteCandidates(_candidates(index.site_id, query, hits, rows, vectors), rows)


def encoders_in_memory(site_id: int, vectors: Mapping[str, Vector]) -> tuple[str, ...]:
    """Return the encoders whose vectors this process holds in memory for searches of the site.

    Where PostgreSQL has pgvector these are none for a small site, whose vectors it compares as soon, nor for
    one that is too large for our memory. In between memory answers ten times sooner, exact in both cases.
    """
    if not nearest.is_available():
        return tuple(vectors)
    size = loaded_indexes.size_of(site_id)
    if size is None:
        size = searched_passages(site_id).count()
    bytes_needed = size * (BYTES_OF_WORDS + sum(len(vector) for vector in vectors.values()))
    fits = bytes_needed < loaded_indexes.max_bytes
    return tuple(vectors) if size > SMALL_SITE and fits else ()


def _candidates(
    site_id: int, query: str, hits: Hits, rows: Mapping[int, Row], vectors: Mapping[str, Vector]
) -> Candidates:
    kept = [place for place, key in enumerate(hits.keys.tolist()) if key in rows]
    keys = [int(hits.keys[place]) for place in kept]
    stored = stored_vectors(site_id, keys, vectors)
    return Candidates(
        query=query,
        passages=tuple(_facts(rows[key]) for key in keys),
        vectors={family(name): stored[family(name)] @ vector for name, vector in vectors.items()},
        rows=stored,
        lexical=None if hits.lexical is None else hits.lexical[kept],
        covered=None if hits.covered is None else hits.covered[kept],
        lexical_ideal=hits.lexical_ideal,
    )


def _facts(row: Row) -> PassageFacts:
    text = passage_text(row.title, row.heading, row.question, row.text)
    return PassageFacts(row.key, row.document_key, text, bool(row.question))


def stored_vectors(
    site_id: int, keys: Sequence[int], vectors: Mapping[str, Vector]
) -> dict[str, NDArray[np.float32]]:
    """Return the stored vectors (keys, dimension) of passages, by the encoders' names without version.

    NaN stands for a passage of the site that has no vector of an encoder.
    """
    stored = PassageVector.objects.filter(site_id=site_id, passage__in=keys, encoder__in=list(vectors))
    by_encoder: dict[str, dict[int, bytes | memoryview]] = {name: {} for name in vectors}
    for name, key, values in stored.values_list("encoder", "passage_id", "values"):
        by_encoder[name][key] = values
    places = {key: place for place, key in enumerate(keys)}
    rows = {}
    for name, vector in vectors.items():
        result = np.full((len(keys), len(vector)), np.nan, np.float32)
        if found := by_encoder[name]:
            result[[places[key] for key in found]] = unpacked(list(found.values()))
        rows[family(name)] = result
    return rows
