"""Runs batches through the kernels."""

from __future__ import annotations

import ctypes
import mmap
from collections.abc import Sequence
from itertools import chain

import torch

from inference.engine.batch import Batch
from inference.engine.blocks import BLOCK
from inference.engine.native import structures
from inference.engine.native.kernels import Kernels
from inference.engine.native.network import NativeNetwork


class NativeRunner:
    """A network in the kernels, with its cache of keys and values. One batch at a time."""

    name = "native"
    shares_prefixes = True
    verifies_drafts = True

    def __init__(self, network: NativeNetwork, kernels: Kernels) -> None:
        self._network = network
        self._kernels = kernels
        self._handle: int | None = None
        self._cache = mmap.mmap(-1, mmap.PAGESIZE)

    @property
    def bytes_per_token(self) -> int:
        """Memory of one token's keys and values."""
        return self._network.bytes_per_token

    def allocate(self, blocks: int) -> None:
        """Make room for `blocks` blocks; the system commits the memory as it is written."""
        self._cache = mmap.mmap(-1, blocks * self._block_bytes)
        self._network.place(blocks * BLOCK)
        self._release()
        self._handle = self._kernels.network(self._network.structure)

    @torch.inference_mode()
    def run(self, batch: Batch) -> torch.Tensor:
        """Compute a batch; returns float32 logits (wanted rows, vocabulary)."""
        if self._handle is None:
            raise RuntimeError("allocate() comes first.")
        logits = torch.empty(len(batch.wanted), self._network.structure.vocabulary, dtype=torch.float32)
        blocks = list(chain.from_iterable(segment.blocks for segment in batch.segments))
        segments = (structures.Segment * len(batch.segments))()
        first = 0
        for place, segment in enumerate(batch.segments):
            segments[place] = structures.Segment(segment.start, segment.end, segment.position, first)
            first += len(segment.blocks)
        step = structures.Step(
            len(batch.tokens),
            len(segments),
            len(batch.wanted),
            batch.tokens.data_ptr(),
            batch.positions.data_ptr(),
            batch.wanted.data_ptr(),
            segments,
            (ctypes.c_int32 * len(blocks))(*blocks),
            ctypes.addressof(ctypes.c_char.from_buffer(self._cache)),
            logits.data_ptr(),
        )
        self._kernels.run(self._handle, step)
        return logits

    def clear_blocks(self, blocks: Sequence[int]) -> None:
        """Overwrite what a failed request left: a NaN would outlive masking, since zero times NaN is NaN."""
        empty = bytes(self._block_bytes)
        for block in blocks:
            self._cache[block * self._block_bytes : (block + 1) * self._block_bytes] = empty

    def clear(self) -> None:
        """Forget everything; fresh memory holds zeros."""
        self._cache = mmap.mmap(-1, len(self._cache))

    def forget(self, request_id: str) -> None:
        """Nothing is kept for a request but its blocks."""

    @property
    def _block_bytes(self) -> int:
        return self._network.bytes_per_token * BLOCK

    def _release(self) -> None:
        if self._handle is not None:
            self._kernels.forget(self._handle)
            self._handle = None

    def __del__(self) -> None:
        self._release()
