"""Keys and values of all requests in blocks of tokens."""

import math
import mmap
from collections.abc import Sequence
from typing import Any

import torch
from transformers.cache_utils import Cache

from inference.engine.blocks import BLOCK
from inference.engine.layout import Layout


class BlockCache(Cache):
    """Per layer two tensors (blocks, tokens of a block, heads, head size).

    transformers' attention modules call `update`, which stores the tokens of the step where `begin` was told
    and hands back the storage of the whole layer; `inference.engine.attention` reads from it what each
    request may see. The memory is committed by the operating system as it is written, so an unused block
    costs nothing.
    """

    def __init__(self, blocks: int) -> None:
        super().__init__(layers=[])
        self.blocks = blocks
        self._keys: dict[int, torch.Tensor] = {}
        self._values: dict[int, torch.Tensor] = {}
        self._layout: Layout | None = None

    def begin(self, layout: Layout) -> None:
        """Say where the tokens of the coming step belong."""
        self._layout = layout

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, layer_idx: int, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Store states of shape (1, heads, tokens, head size); returns the storage of the layer."""
        if self._layout is None:
            raise RuntimeError("begin() names the layout before the model runs.")
        if layer_idx not in self._keys:
            self._keys[layer_idx] = self._allocate(key_states)
            self._values[layer_idx] = self._allocate(value_states)
        keys, values = self._keys[layer_idx], self._values[layer_idx]
        keys.flatten(0, 1).index_copy_(0, self._layout.slots, key_states[0].transpose(0, 1))
        values.flatten(0, 1).index_copy_(0, self._layout.slots, value_states[0].transpose(0, 1))
        return keys, values

    def get_seq_length(self, layer_idx: int = 0) -> int:
        """Length of the longest request in the step."""
        return self._layout.longest if self._layout else 0

    @property
    def layer_count(self) -> int:
        """Layers that have stored something."""
        return len(self._keys)

    @property
    def bytes_per_token(self) -> int:
        """Memory of one token in all layers that have run."""
        storages = (*self._keys.values(), *self._values.values())
        return sum(storage.nbytes for storage in storages) // (self.blocks * BLOCK)

    def clear_blocks(self, blocks: Sequence[int]) -> None:
        """Overwrite what a failed request left: a NaN would outlive masking, since zero times NaN is NaN."""
        for storage in (*self._keys.values(), *self._values.values()):
            for block in blocks:
                storage[block].zero_()

    def clear(self) -> None:
        """Give all memory back; the next step starts from empty storage."""
        self._keys.clear()
        self._values.clear()
        self._layout = None

    def _allocate(self, states: torch.Tensor) -> torch.Tensor:
        _, heads, _, head_size = states.shape
        shape = (self.blocks, BLOCK, heads, head_size)
        if states.device.type != "cpu":
            return torch.zeros(shape, dtype=states.dtype, device=states.device)
        # Zeroed pages come from the system untouched, where torch.zeros would write and so commit them all.
        # Huge pages would commit 2 MiB, many blocks' share of a layer, for the first token of one.
        memory = mmap.mmap(-1, math.prod(shape) * states.element_size())
        if hasattr(mmap, "MADV_NOHUGEPAGE"):
            memory.madvise(mmap.MADV_NOHUGEPAGE)
        return torch.frombuffer(memory, dtype=states.dtype).view(shape)
