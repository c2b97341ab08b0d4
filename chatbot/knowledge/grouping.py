"""Puts texts that mean the same into one group: by their vectors, or by their words where there are none."""

from collections.abc import Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from chatbot.knowledge.index.words import words

Vectors = NDArray[np.float32]

# Words fall into so many columns; two that share one by chance make two texts a little more alike.
_COLUMNS = 2048


def grouped(vectors: Vectors, least: float) -> list[int]:
    """Return the number of each text's group, from 0 in the order of their first texts.

    `vectors` has one row of length one for each text. Two groups become one for as long as the mean cosine
    between their texts is at least `least`: agglomerative clustering with average linkage, found by chains of
    nearest neighbours in time and memory of n² (F. Murtagh, Multidimensional Clustering Algorithms, 1985).
    """
    count = len(vectors)
    near = vectors @ vectors.T
    np.fill_diagonal(near, -np.inf)
    sizes = np.ones(count, np.float32)
    group_of = np.arange(count)
    left = set(range(count))
    chain: list[int] = []
    while len(left) > 1:
        if not chain:
            chain.append(next(iter(left)))
        last, before = chain[-1], chain[-2] if len(chain) > 1 else None
        nearest = int(np.argmax(near[last]))
        if before is not None and near[last, before] >= near[last, nearest]:
            nearest = before
        if near[last, nearest] < least:
            # Nothing that is left is near enough to this one, and merging others brings nothing nearer.
            near[:, last] = -np.inf
            left.discard(last)
            chain.pop()
        elif nearest != before:
            chain.append(nearest)
        else:
            del chain[-2:]
            means = (sizes[last] * near[last] + sizes[nearest] * near[nearest]) / (
                sizes[last] + sizes[nearest]
            )
            means[[last, nearest]] = -np.inf
            near[last] = near[:, last] = means
            near[:, nearest] = -np.inf
            sizes[last] += sizes[nearest]
            group_of[group_of == nearest] = last
            left.discard(nearest)
    numbers: dict[int, int] = {}
    return [numbers.setdefault(int(group), len(numbers)) for group in group_of]


def centred(vectors: Vectors) -> Vectors:
    """Return the vectors without what all of them share, of length one again.

    Encoders put all texts of one matter close together; what is left tells them apart better.
    """
    return normalised(vectors - vectors.mean(axis=0))


def normalised(vectors: Vectors) -> Vectors:
    """Return the vectors with length one; a zero stays as it is."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.maximum(lengths, np.float32(1e-9))


def word_vectors(texts: Sequence[str]) -> Vectors:
    """Return a row of length one for each text, in which words that few texts share count for more.

    The weights are inverse document frequencies, log(1 + n / df). A text without words gets a row of its own
    kind, all zeros.
    """
    said = [set(words(text)) for text in texts]
    frequency: dict[str, int] = {}
    for own in said:
        for word in own:
            frequency[word] = frequency.get(word, 0) + 1
    rows = np.zeros((len(texts), _COLUMNS), np.float32)
    for row, own in zip(rows, said, strict=True):
        for word in own:
            row[crc32(word.encode()) % _COLUMNS] += np.log1p(len(texts) / frequency[word])
    return normalised(rows)
