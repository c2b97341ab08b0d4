"""From a question's words and vectors to candidates, with the passages as the database has them now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chatbot.knowledge.encoders import family
from chatbot.knowledge.index.memory import Hits
from chatbot.knowledge.index.site_index import SiteIndex, searched_passages
from chatbot.knowledge.models import Passage, PassageVector
from chatbot.knowledge.passage_text import passage_text
from chatbot.knowledge.ranking.candidates import Candidates, PassageFacts
from chatbot.knowledge.vectors import unpacked

Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SiteCandidates:
    """The candidates of a site, with what of each is shown; `rows` by key."""

    candidates: Candidates
    rows: Mapping[int, Passage]


def search_site(index: SiteIndex, query: str, vectors: Mapping[str, Vector]) -> SiteCandidates:
    """Return the candidates for a question, given its vectors by encoder (multilingual-e5-small@1).

    Candidates come from the index; their texts and exact cosines from queries that name the site, so that
    nothing of another site and nothing that was removed or switched off can be among them.
    """
    hits = index.search(query, vectors)
    keys = hits.keys.tolist()
    passages = searched_passages(index.site_id).select_related("document").filter(pk__in=keys)
    rows = {
        passage.pk: passage
        for passage in passages.only(
            "public_id",
            "heading",
            "question",
            "text",
            "document__public_id",
            "document__title",
            "document__url",
        )
    }
    if len(rows) < len(keys):
        index.forget([key for key in keys if key not in rows])
    return SiteCandidates(_candidates(index.site_id, query, hits, rows, vectors), rows)


def _candidates(
    site_id: int, query: str, hits: Hits, rows: Mapping[int, Passage], vectors: Mapping[str, Vector]
) -> Candidates:
    kept = [place for place, key in enumerate(hits.keys.tolist()) if key in rows]
    keys = [int(hits.keys[place]) for place in kept]
    return Candidates(
        query=query,
        passages=tuple(_facts(rows[key]) for key in keys),
        vectors=exact_cosines(site_id, keys, vectors),
        lexical=None if hits.lexical is None else hits.lexical[kept],
        covered=None if hits.covered is None else hits.covered[kept],
        lexical_ideal=hits.lexical_ideal,
    )


def _facts(passage: Passage) -> PassageFacts:
    text = passage_text(passage.document.title, passage.heading, passage.question, passage.text)
    return PassageFacts(passage.pk, passage.document_id, text, bool(passage.question))


def exact_cosines(site_id: int, keys: Sequence[int], vectors: Mapping[str, Vector]) -> dict[str, Vector]:
    """Return the cosines of stored vectors with the question's, by the encoders' names without version.

    NaN stands for a passage of the site that has no vector of an encoder.
    """
    stored = PassageVector.objects.filter(site_id=site_id, passage__in=keys, encoder__in=list(vectors))
    by_encoder: dict[str, dict[int, bytes | memoryview]] = {name: {} for name in vectors}
    for name, key, values in stored.values_list("encoder", "passage_id", "values"):
        by_encoder[name][key] = values
    places = {key: place for place, key in enumerate(keys)}
    cosines = {}
    for name, vector in vectors.items():
        result = np.full(len(keys), np.nan, np.float32)
        if found := by_encoder[name]:
            result[[places[key] for key in found]] = unpacked(list(found.values())) @ vector
        cosines[family(name)] = result
    return cosines
