"""Keys and values of all running requests: one slot each, for the whole of the context."""

import math
import mmap
from typing import Any

import torch
from transformers.cache_utils import Cache

from inference.engine.batch import Batch


class SlotCache(Cache):
    """Per layer two tensors (slots, heads, context_length, head size), addressed by slot and position.

    transformers' attention modules call `update`, which stores the tokens of the step where `begin` was told
    and hands back the storage of the whole layer; `inference.engine.attention` reads from it what each
    request may see. The memory is committed by the operating system as it is written, so an unused slot costs
    nothing.
    """

    def __init__(self, slots: int, context_length: int) -> None:
        super().__init__(layers=[])
        self.slots = slots
        self.context_length = context_length
        self._keys: dict[int, torch.Tensor] = {}
        self._values: dict[int, torch.Tensor] = {}
        self._batch: Batch | None = None

    def begin(self, batch: Batch) -> None:
        """Say where the tokens of the coming step belong."""
        self._batch = batch

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, layer_idx: int, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Store states of shape (1, heads, tokens, head size); returns the storage of the layer."""
        if self._batch is None:
            raise RuntimeError("begin() names the batch before the model runs.")
        if layer_idx not in self._keys:
            self._keys[layer_idx] = self._allocate(key_states)
            self._values[layer_idx] = self._allocate(value_states)
        keys, values = self._keys[layer_idx], self._values[layer_idx]
        slots, positions = self._batch.slots, self._batch.positions
        keys[slots, :, positions] = key_states[0].transpose(0, 1)
        values[slots, :, positions] = value_states[0].transpose(0, 1)
        return keys, values

    def get_seq_length(self, layer_idx: int = 0) -> int:
        """Length of the longest request in the step."""
        return self._batch.longest if self._batch else 0

    @property
    def bytes_per_token(self) -> int:
        """Memory of one token in all layers that have run."""
        storages = (*self._keys.values(), *self._values.values())
        return sum(storage.nbytes for storage in storages) // (self.slots * self.context_length)

    def clear_slot(self, slot: int) -> None:
        """Overwrite what a failed request left: a NaN would outlive masking, since zero times NaN is NaN."""
        for storage in (*self._keys.values(), *self._values.values()):
            storage[slot].zero_()

    def clear(self) -> None:
        """Give all memory back; the next step starts from empty storage."""
        self._keys.clear()
        self._values.clear()
        self._batch = None

    def _allocate(self, states: torch.Tensor) -> torch.Tensor:
        _, heads, _, head_size = states.shape
        shape = (self.slots, heads, self.context_length, head_size)
        if states.device.type != "cpu":
            return torch.zeros(shape, dtype=states.dtype, device=states.device)
        # Zeroed pages come from the system untouched, where torch.zeros would write and so commit them all.
        # Huge pages would commit 2 MiB, which can be a head's whole share of a slot, for its first token.
        memory = mmap.mmap(-1, math.prod(shape) * states.element_size())
        if hasattr(mmap, "MADV_NOHUGEPAGE"):
            memory.madvise(mmap.MADV_NOHUGEPAGE)
        return torch.frombuffer(memory, dtype=states.dtype).view(shape)
