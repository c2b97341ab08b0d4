"""Which of many texts say nearly the same.

MinHash: A. Broder, "On the resemblance and containment of documents", SEQUENCES 1997; its signatures and the
best number of bands come from datasketch. Bands (J. Leskovec, A. Rajaraman, J. Ullman, "Mining of Massive
Datasets", chapter 3) are sorted in arrays here: datasketch's index of 100,000 texts takes several hundred
megabytes, these arrays a tenth of it.
"""

import zlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from chatbot.workshop.data_sets.texts import shingles

PERMUTATIONS = 128
_SEED = 1
_FIRST_ROWS = 1024

Signature = NDArray[np.uint32]


class Nearness:
    """The signatures of texts, in the order in which they are added."""

    def __init__(self) -> None:
        # It brings scipy, 60 MB that no process needs which finds no duplicates.
        from datasketch import MinHash

        self._rows = np.empty((_FIRST_ROWS, PERMUTATIONS), np.uint32)
        self._count = 0
        self._hash = MinHash(num_perm=PERMUTATIONS, seed=_SEED, hashfunc=zlib.crc32, scheme="affine32")

    def __len__(self) -> int:
        return self._count

    def add(self, text: str) -> None:
        """Add a text as `texts.text_of` gives it."""
        if self._count == len(self._rows):
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
        self._hash.clear()
        self._hash.update_batch(list(shingles(text)))
        self._rows[self._count] = self._hash.hashvalues
        self._count += 1

    def pairs(self, threshold: float) -> Iterator[tuple[int, int]]:
        """Yield (later, earlier) of texts whose estimated Jaccard similarity is `threshold` or more.

        Not every such pair: of many that are alike each is compared with the first. A pair may come twice.
        """
        from datasketch import MinHashLSH

        index = MinHashLSH(threshold=threshold, num_perm=PERMUTATIONS)
        rows = self._rows[: self._count]
        for band in range(index.b):
            keys = np.ascontiguousarray(rows[:, band * index.r : (band + 1) * index.r])
            for same in _runs(keys.view(np.dtype((np.void, keys.dtype.itemsize * index.r))).ravel()):
                yield from self._alike(same, threshold)

    def _alike(self, places: NDArray[np.int64], threshold: float) -> Iterator[tuple[int, int]]:
        while len(places) > 1:
            first, rest = places[0], places[1:]
            alike = (self._rows[rest] == self._rows[first]).mean(axis=1) >= threshold
            for place in rest[alike]:
                yield int(place), int(first)
            places = rest[~alike]

    def repetitions(self, threshold: float) -> dict[int, int]:
        """Return, for each text to be left out, the earlier text that stays and says nearly the same."""
        earlier: dict[int, set[int]] = {}
        for later, first in self.pairs(threshold):
            earlier.setdefault(later, set()).add(first)
        left_out: dict[int, int] = {}
        for place in sorted(earlier):
            stays = next((one for one in sorted(earlier[place]) if one not in left_out), None)
            if stays is not None:
                left_out[place] = stays
        return left_out


def _runs(keys: "NDArray[np.void]") -> Iterator[NDArray[np.int64]]:
    """Yield the places of keys that are equal, in rising order, where there are two or more."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    ends = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    for run in np.split(order, ends):
        if len(run) > 1:
            yield run


class Groups:
    """What belongs together: a union of sets (R. Tarjan, JACM 22, 1975), with halved paths."""

    def __init__(self, count: int) -> None:
        self._above = list(range(count))

    def of(self, place: int) -> int:
        """Return the number of the group in which `place` is."""
        above = self._above
        while above[place] != place:
            above[place] = above[above[place]]
            place = above[place]
        return place

    def join(self, one: int, other: int) -> None:
        """Make one group of two."""
        first, second = sorted((self.of(one), self.of(other)))
        self._above[second] = first
