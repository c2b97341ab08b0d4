"""Blocks are counted right whatever happens, and one text never gets another's."""

import random
from collections import Counter

import pytest

from inference.engine.blocks import BLOCK, BlockPool, chain


def names(*texts: int) -> list[bytes]:
    """The names of a chain of blocks, each full of one number."""
    chained = [b""]
    for text in texts:
        chained.append(chain(chained[-1], [text] * BLOCK))
    return chained[1:]


def fill(pool: BlockPool, *texts: int) -> list[int]:
    """Reserve, compute and publish a chain of blocks."""
    chained = names(*texts)
    blocks = pool.reserve(chained, len(chained))
    assert blocks is not None
    for name in chained[len(blocks) :]:
        blocks.append(pool.take())
        pool.publish(name, blocks[-1])
    return blocks


def test_a_beginning_in_common_is_held_once() -> None:
    pool = BlockPool(8)
    first, second = fill(pool, 1, 2, 3), fill(pool, 1, 2, 4)

    assert first[:2] == second[:2] and first[2] != second[2]
    assert (pool.used, pool.cached, pool.available) == (4, 0, 4)


def test_equal_blocks_after_different_beginnings_are_different() -> None:
    pool = BlockPool(8)

    assert not set(fill(pool, 1, 2)) & set(fill(pool, 3, 2))


def test_what_was_used_last_is_evicted_last_and_ends_before_beginnings() -> None:
    pool = BlockPool(4)
    for texts in ((1, 2), (3, 4)):
        pool.release(fill(pool, *texts), promised=0)
    pool.release(fill(pool, 1, 2), promised=0)
    assert pool.cached == 4

    pool.release(fill(pool, 5), promised=0)
    assert len(pool.reserve(names(3, 4), 2) or []) == 1
    assert len(pool.reserve(names(1, 2), 2) or []) == 2


def test_a_promise_is_not_given_twice() -> None:
    pool = BlockPool(4)

    assert pool.reserve([], 3) == []
    assert pool.reserve([], 2) is None
    assert pool.reserve([], 1) == []
    assert pool.available == 0
    assert sorted(pool.take() for _ in range(4)) == [0, 1, 2, 3]


def test_cached_blocks_that_are_held_again_are_not_promised_to_others() -> None:
    pool = BlockPool(4)
    pool.release(fill(pool, 1, 2, 3), promised=0)

    assert len(pool.reserve(names(1, 2, 3), 3) or []) == 3
    assert pool.available == 1
    assert pool.reserve([], 2) is None


def test_spoiled_blocks_are_not_found_and_are_cleared_when_nobody_holds_them() -> None:
    pool = BlockPool(4)
    first, second = fill(pool, 1, 2), fill(pool, 1, 3)

    assert pool.release(first, promised=0, spoiled=True) == [first[1]]
    assert pool.reserve(names(1), 1) == []
    assert pool.release(second, promised=1) == [first[0]]
    assert pool.used == 0


class Holder:
    """What a request would hold."""

    def __init__(self, texts: list[int], blocks: list[int]) -> None:
        self.names = names(*texts)
        self.blocks = blocks
        self.promised = len(texts) - len(blocks)


@pytest.mark.parametrize("seed", range(20))
def test_random_use_keeps_every_count(seed: int) -> None:
    chance = random.Random(seed)
    pool = BlockPool(chance.randint(1, 12))
    holders: list[Holder] = []
    content: dict[int, bytes] = {}
    for _ in range(400):
        action = chance.choice(("begin", "take", "take", "share", "end", "spoil"))
        holder = chance.choice(holders) if holders else None
        if action == "begin":
            texts = [chance.randint(0, 2) for _ in range(chance.randint(1, 5))]
            found = pool.reserve(names(*texts), len(texts))
            if found is not None:
                holders.append(Holder(texts, found))
                assert [content[block] for block in found] == holders[-1].names[: len(found)]
        elif holder and action in ("take", "share") and holder.promised:
            name = holder.names[len(holder.blocks)]
            block = pool.share(name) if action == "share" else pool.take()
            if block is not None:
                holder.blocks.append(block)
                holder.promised -= 1
                if action == "share":
                    assert content[block] == name
                else:
                    content[block] = name
                    pool.publish(name, block)
        elif holder and action in ("end", "spoil"):
            holders.remove(holder)
            cleared = pool.release(holder.blocks, promised=holder.promised, spoiled=action == "spoil")
            held = {block for other in holders for block in other.blocks}
            assert not held & set(cleared)
        check(pool, holders)
    for holder in holders:
        pool.release(holder.blocks, promised=holder.promised)
    assert pool.used == 0 and pool.available == pool.total


def check(pool: BlockPool, holders: list[Holder]) -> None:
    references = Counter(block for holder in holders for block in holder.blocks)
    free, cached = set(pool._free), set(pool._cached)

    assert len(pool._free) == len(free)
    assert not free & cached and not free & references.keys() and not cached & references.keys()
    assert free | cached | references.keys() == set(range(pool.total))
    assert all(pool._references[block] == references[block] for block in range(pool.total))
    assert pool.available == len(free) + len(cached) - sum(holder.promised for holder in holders) >= 0
    assert pool._published == {name: block for block, name in pool._names.items()}
    assert not free & pool._names.keys() and cached <= pool._names.keys()
    assert pool._spoiled <= references.keys()
