"""The cache takes memory as it is filled, not as it is promised, and no more than the machine can give."""

import os
from pathlib import Path

import pytest
import torch

from inference.engine.batch import Batch, Segment
from inference.engine.blocks import BLOCK
from inference.engine.cache_size import CacheTooSmall, size_cache
from inference.engine.kv_cache import BlockCache
from inference.engine.layout import Layout

MIB = 2**20
GIB = 2**30


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def one_token(block: int, position: int) -> Layout:
    zero = torch.zeros(1, dtype=torch.long)
    segment = Segment(0, 1, position, [0] * (position // BLOCK) + [block], is_prefill=False, request_id="")
    return Layout(Batch(zero, zero, zero, [segment]), torch.device("cpu"), torch.float32)


def test_an_unused_block_costs_no_memory() -> None:
    cache = BlockCache(2048)
    token = torch.ones(1, 4, 1, 64)
    cache.begin(one_token(7, 0))
    before = resident_bytes()
    for layer in range(4):
        cache.update(token, token, layer)

    assert cache.bytes_per_token * 2048 * BLOCK == 512 * MIB
    assert resident_bytes() - before < 8 * MIB


def test_what_is_written_is_read_back_and_the_rest_is_zero() -> None:
    cache = BlockCache(3)
    cache.begin(one_token(2, 34))
    keys, values = cache.update(torch.full((1, 3, 1, 5), 7.0), torch.full((1, 3, 1, 6), 8.0), 0)

    assert keys.shape == (3, BLOCK, 3, 5) and values.shape == (3, BLOCK, 3, 6)
    assert keys.sum() == 7 * 3 * 5 and (keys[2, 2] == 7).all()
    cache.clear_blocks([2])
    assert keys.sum() == 0 and values.sum() == 0


@pytest.mark.parametrize(
    ("bytes_per_token", "reads", "asked", "context", "mib"),
    [
        (10_240, 4096, {}, 4096, 224),
        (65_536, 100_000, {}, 8192, 512),
        (65_536, 100_000, {"context_length": 16_384}, 16_384, 1024),
        (65_536, 100_000, {"cache_gib": 1.0}, 16_384, 1024),
        (10 * MIB, 4096, {}, 384, 4096),
    ],
)
def test_the_size_of_the_cache(
    bytes_per_token: int, reads: int, asked: dict[str, float], context: int, mib: int
) -> None:
    given = {"context_length": None, "cache_gib": 0.0, **asked}
    length, blocks = size_cache(bytes_per_token, reads=reads, memory=16 * GIB, **given)

    assert length == context
    assert mib - 1 - bytes_per_token * BLOCK / MIB < blocks * BLOCK * bytes_per_token / MIB <= mib


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"context_length": 5000}, "the model reads 4096"),
        ({"cache_gib": 0.001}, "Raise the cache or lower the context"),
        ({"context_length": 4096, "cache_gib": 0.02}, "Raise the cache or lower the context"),
    ],
)
def test_a_context_that_the_cache_cannot_hold_is_refused(asked: dict[str, float], message: str) -> None:
    given = {"context_length": None, "cache_gib": 0.0, **asked}
    with pytest.raises(CacheTooSmall, match=message):
        size_cache(10_240, reads=4096, memory=16 * GIB, **given)
