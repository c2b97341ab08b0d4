"""How many blocks the cache gets, and how long a text may be."""

from __future__ import annotations

import os

import torch

from inference.engine.blocks import BLOCK

SHORTEST_CONTEXT = 256
AUTOMATIC_BYTES = 224 * 2**20
AUTOMATIC_TOKENS = 8192
LARGEST_SHARE = 4


class CacheTooSmall(ValueError):
    """The context does not fit the cache; the message says what to change."""


def size_cache(
    bytes_per_token: int, *, reads: int, context_length: int | None, cache_gib: float, memory: int
) -> tuple[int, int]:
    """Return (context length, blocks) for a model that reads texts of `reads` tokens.

    `cache_gib` 0 takes 224 MiB, or room for 8192 tokens or the context where that is more, and a quarter of
    `memory` at most. Raises CacheTooSmall.
    """
    wanted = context_length or reads
    if wanted > reads:
        raise CacheTooSmall(f"A context of {wanted} tokens was asked for, but the model reads {reads}.")
    size = int(cache_gib * 2**30) or automatic_size(
        bytes_per_token, context_length or min(reads, AUTOMATIC_TOKENS), memory
    )
    blocks = size // (bytes_per_token * BLOCK)
    if blocks * BLOCK < (context_length or min(wanted, SHORTEST_CONTEXT)):
        raise CacheTooSmall(
            f"A cache of {size / 2**30:.2g} GiB holds {blocks * BLOCK} tokens, "
            f"{bytes_per_token / 1024:.0f} KiB a token. Raise the cache or lower the context."
        )
    return min(wanted, blocks * BLOCK), blocks


def automatic_size(bytes_per_token: int, tokens: int, memory: int) -> int:
    """Bytes of a cache for at least so many tokens, unless that were too large a share of the memory."""
    room = -(-tokens // BLOCK) * BLOCK * bytes_per_token
    return min(max(AUTOMATIC_BYTES, room), memory // LARGEST_SHARE)


def memory_of(device: torch.device) -> int:
    """Bytes of memory of the machine, or of the GPU that the network lies on."""
    if device.type == "cuda":
        return torch.cuda.get_device_properties(device).total_memory
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
