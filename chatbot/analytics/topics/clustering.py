"""Which texts belong together. No Django here: vectors in, numbers of groups out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chatbot.knowledge.grouping import Vectors, grouped, normalised
from chatbot.knowledge.ranking.languages import script_of

Groups = NDArray[np.int64]

# Of so many different texts every pair is compared; the others join the groups that these form.
MOST_COMPARED = 4_000
# The least mean cosine between texts of one topic. Chosen on banking77 and clinc150, see docs/benchmarks.md.
LEAST = 0.32
# The same where too few texts are there to tell what all of them share.
_LEAST_BARE = 0.91
_ENOUGH_TO_CENTRE = 50
# A script with few texts borrows from the mean of all as if it had so many texts more.
_BORROWED = 20


@dataclass(frozen=True, slots=True)
class Clustering:
    """The number of each text's group, -1 for none, and how near each text is to the middle of its group."""

    groups: Groups
    nearness: Vectors


def cluster(
    texts: Sequence[str], vectors: Vectors, weights: Sequence[int], least: float | None = None
) -> Clustering:
    """Return groups of different `texts` by their `vectors` (length one, one row a text).

    Average linkage among the `MOST_COMPARED` texts of the largest weight; a text beyond them joins the group
    to which its mean cosine is highest, where that is at least `least`. Groups are numbered from 0.
    """
    count = len(texts)
    if not count:
        return Clustering(np.empty(0, np.int64), np.empty(0, np.float32))
    if count >= _ENOUGH_TO_CENTRE:
        vectors, least = without_language(texts, vectors), LEAST if least is None else least
    else:
        least = _LEAST_BARE if least is None else least
    order = np.argsort(-np.asarray(weights), kind="stable")
    compared, others = order[:MOST_COMPARED], order[MOST_COMPARED:]
    groups = np.full(count, -1, np.int64)
    groups[compared] = grouped(vectors[compared], least)
    middles = _middles(vectors[compared], groups[compared])
    if len(others):
        near = vectors[others] @ middles.T
        best = near.argmax(axis=1)
        groups[others] = np.where(near[np.arange(len(others)), best] >= least, best, -1)
    nearness = np.einsum("ij,ij->i", vectors, middles[groups]) * (groups >= 0)
    return Clustering(groups, nearness.astype(np.float32))


def without_language(texts: Sequence[str], vectors: Vectors) -> Vectors:
    """Return the vectors without what the texts of each script share, of length one again.

    An encoder of many languages puts texts of one language closer together than the same question in two.
    Without the mean of each script, the same question in English and Chinese falls into one group in some 80
    of 100 cases, and with the mean of all texts taken away in 14 (XQuAD, multilingual-e5-small).
    """
    everything = vectors.mean(axis=0)
    scripts = np.array([script_of(text) for text in texts])
    moved = np.empty_like(vectors)
    for script in np.unique(scripts):
        own = scripts == script
        mean = (vectors[own].sum(axis=0) + _BORROWED * everything) / (own.sum() + _BORROWED)
        moved[own] = vectors[own] - mean
    return normalised(moved)


def _middles(vectors: Vectors, groups: Groups) -> Vectors:
    """Return the mean of each group; a product with it is the mean cosine to the group's texts."""
    middles = np.zeros((int(groups.max()) + 1, vectors.shape[1]), np.float32)
    np.add.at(middles, groups, vectors)
    sizes: Vectors = np.bincount(groups, minlength=len(middles)).astype(np.float32)
    return middles / sizes[:, None]
