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

    `vectors` has one row of length one for each text. A text joins the group whose mean direction has the
    largest cosine with it, if that is at least `least`; else it begins a group.
    """
    if not len(vectors):
        return []
    # Sums of the members' vectors, of which the first `count` rows are in use, and their lengths.
    sums = np.zeros_like(vectors)
    lengths = np.ones(len(vectors), np.float32)
    numbers: list[int] = []
    count = 0
    for vector in vectors:
        cosines = sums[:count] @ vector / lengths[:count]
        nearest = int(np.argmax(cosines)) if count else 0
        if count and cosines[nearest] >= least:
            number = nearest
        else:
            number, count = count, count + 1
        sums[number] += vector
        lengths[number] = max(float(np.linalg.norm(sums[number])), 1e-9)
        numbers.append(number)
    return numbers


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
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.maximum(lengths, 1e-9)
