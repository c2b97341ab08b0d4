"""The cache's memory in blocks of tokens: promised, counted, shared by requests that begin alike."""

from array import array
from collections import OrderedDict
from collections.abc import Sequence
from hashlib import blake2b

BLOCK = 32
_DIGEST_BYTES = 32


def chain(parent: bytes, tokens: Sequence[int]) -> bytes:
    """The name of a full block: of its tokens and, through its parent's name, of all tokens before.

    256 bits of BLAKE2b, so that nobody can find two texts with one name and read another's answer.
    """
    return blake2b(parent + array("q", tokens).tobytes(), digest_size=_DIGEST_BYTES).digest()


class BlockPool:
    """Hands out the blocks 0 to `total` - 1, and remembers what lies in those that were published.

    A block is free (nothing of worth in it), held (by one request or several), or cached (published, held by
    nobody). Promised blocks have no number yet: there are always at least as many free and cached ones. Every
    operation takes constant time for each block.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        self.clear()

    @property
    def used(self) -> int:
        """Blocks that requests hold."""
        return self.total - len(self._free) - len(self._cached)

    @property
    def cached(self) -> int:
        """Blocks kept for a request that begins alike; taken away, least recently used first, when needed."""
        return len(self._cached)

    @property
    def available(self) -> int:
        """Blocks that can still be promised."""
        return len(self._free) + len(self._cached) - self._promised

    def reserve(self, names: Sequence[bytes], blocks: int) -> list[int] | None:
        """Hold the longest beginning of `names` that is there, and promise the rest of `blocks`.

        Returns the blocks held, or None (and changes nothing) where too few can be promised.
        """
        found = self._find(names)
        revived = sum(not self._references[block] for block in found)
        if blocks - len(found) + revived > self.available:
            return None
        for block in found:
            self._hold(block)
        self._promised += blocks - len(found)
        return found

    def take(self) -> int:
        """Make one promise good."""
        self._promised -= 1
        block = self._free.pop() if self._free else self._evict()
        self._references[block] = 1
        return block

    def share(self, name: bytes) -> int | None:
        """Hold the published block of that name in place of a promised one; None where there is none."""
        block = self._published.get(name)
        if block is not None:
            self._hold(block)
            self._promised -= 1
        return block

    def give_back(self, block: int) -> None:
        """Turn a block that is held by one request alone, and unpublished, into a promise again."""
        self.release([block], promised=0)
        self._promised += 1

    def publish(self, name: bytes, block: int) -> None:
        """Let others find a full block. The first of two equal blocks is the one that is found."""
        if name not in self._published and block not in self._names:
            self._published[name] = block
            self._names[block] = name

    def release(self, blocks: Sequence[int], *, promised: int, spoiled: bool = False) -> list[int]:
        """Let go of the blocks of a request, and of promises that it did not need.

        What is `spoiled` is not found any more. Returns the spoiled blocks that nobody holds now: they are
        to be overwritten before the next step.
        """
        self._promised -= promised
        to_clear: list[int] = []
        # The end of a text is of no use without its beginning, so it is the first to be evicted.
        for block in reversed(blocks):
            if spoiled:
                self._spoiled.add(block)
                self._unpublish(block)
            self._references[block] -= 1
            if self._references[block]:
                continue
            if block in self._names:
                self._cached[block] = None
                continue
            self._free.append(block)
            if block in self._spoiled:
                self._spoiled.remove(block)
                to_clear.append(block)
        return to_clear

    def clear(self) -> None:
        """Begin anew, with all blocks free; no request may hold one any more."""
        self._free = list(range(self.total - 1, -1, -1))
        self._references = [0] * self.total
        self._cached: OrderedDict[int, None] = OrderedDict()
        self._published: dict[bytes, int] = {}
        self._names: dict[int, bytes] = {}
        self._spoiled: set[int] = set()
        self._promised = 0

    def _find(self, names: Sequence[bytes]) -> list[int]:
        found: list[int] = []
        for name in names:
            block = self._published.get(name)
            if block is None:
                break
            found.append(block)
        return found

    def _hold(self, block: int) -> None:
        if not self._references[block]:
            del self._cached[block]
        self._references[block] += 1

    def _evict(self) -> int:
        block, _ = self._cached.popitem(last=False)
        self._unpublish(block)
        return block

    def _unpublish(self, block: int) -> None:
        name = self._names.pop(block, None)
        if name is not None:
            del self._published[name]
