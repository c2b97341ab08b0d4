"""The cache takes memory as it is filled, not as it is promised."""

import os
from pathlib import Path

import torch

from inference.engine.batch import Batch
from inference.engine.kv_cache import SlotCache

MIB = 2**20


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_an_unused_slot_costs_no_memory() -> None:
    cache = SlotCache(slots=8, context_length=8192)
    token = torch.ones(1, 4, 1, 64)
    place = torch.zeros(1, dtype=torch.long)
    cache.begin(
        Batch(tokens=place, slots=place, positions=place, last=place, decodes=[], prefills=[], longest=1)
    )
    before = resident_bytes()
    for layer in range(4):
        cache.update(token, token, layer)

    assert cache.bytes_per_token * 8 * 8192 == 512 * MIB
    assert resident_bytes() - before < 8 * MIB


def test_what_is_written_is_read_back_and_the_rest_is_zero() -> None:
    cache = SlotCache(slots=2, context_length=4)
    one = torch.ones(1, dtype=torch.long)
    cache.begin(Batch(tokens=one, slots=one, positions=one, last=one, decodes=[], prefills=[], longest=2))
    keys, values = cache.update(torch.full((1, 3, 1, 5), 7.0), torch.full((1, 3, 1, 6), 8.0), 0)

    assert keys.shape == (2, 3, 4, 5) and values.shape == (2, 3, 4, 6)
    assert keys.sum() == 7 * 3 * 5 and (keys[1, :, 1] == 7).all()
    cache.clear_slot(1)
    assert keys.sum() == 0 and values.sum() == 0
