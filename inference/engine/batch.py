"""The chunks of one step as tensors: every token of every request lies in one packed row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch

from inference.engine.scheduler import Chunk


@dataclass(slots=True)
class DecodeGroup:
    """Single tokens, attended together: rows `start` to `end` of the batch.

    `first_slot` to `last_slot` is the block of the cache they read, and `rows` the place of each in that
    block.
    """

    start: int
    end: int
    first_slot: int
    last_slot: int
    lengths: list[int]
    rows: list[int]
    masks: dict[int | None, torch.Tensor | None] = field(default_factory=dict)

    @property
    def is_dense(self) -> bool:
        return self.end - self.start == self.last_slot - self.first_slot


@dataclass(slots=True)
class PrefillSegment:
    """A chunk of one prompt: rows `start` to `end` of the batch, at `position` onwards in `slot`."""

    start: int
    end: int
    slot: int
    position: int
    masks: dict[int | None, torch.Tensor] = field(default_factory=dict)

    @property
    def length(self) -> int:
        """Tokens in the slot after this step."""
        return self.position + self.end - self.start


@dataclass(frozen=True, slots=True)
class Batch:
    """`tokens`, `slots` and `positions` have one entry per token; `last` names the rows to get logits for."""

    tokens: torch.Tensor
    slots: torch.Tensor
    positions: torch.Tensor
    last: torch.Tensor
    decodes: list[DecodeGroup]
    prefills: list[PrefillSegment]
    longest: int


def pack(chunks: Sequence[Chunk], device: torch.device) -> tuple[Batch, list[Chunk]]:
    """Lay out one step. Also returns the chunks that complete, in the order of the logits."""
    decoding = sorted(
        (chunk for chunk in chunks if chunk.is_decode), key=lambda chunk: chunk.request.slot or 0
    )
    ordered = decoding + [chunk for chunk in chunks if not chunk.is_decode]
    tokens: list[int] = []
    slots: list[int] = []
    positions: list[int] = []
    last: list[int] = []
    prefills: list[PrefillSegment] = []
    for chunk in ordered:
        slot = chunk.request.slot
        if slot is None:
            raise ValueError("A chunk was scheduled without a slot.")
        if not chunk.is_decode:
            start = len(tokens)
            prefills.append(PrefillSegment(start, start + chunk.end - chunk.start, slot, chunk.start))
        tokens.extend(chunk.tokens)
        slots.extend([slot] * (chunk.end - chunk.start))
        positions.extend(range(chunk.start, chunk.end))
        if chunk.completes:
            last.append(len(tokens) - 1)
    batch = Batch(
        tokens=torch.tensor(tokens, device=device),
        slots=torch.tensor(slots, device=device),
        positions=torch.tensor(positions, device=device),
        last=torch.tensor(last, dtype=torch.long, device=device),
        decodes=_group(slots[: len(decoding)], positions[: len(decoding)]),
        prefills=prefills,
        longest=max(positions) + 1,
    )
    return batch, [chunk for chunk in ordered if chunk.completes]


def _group(slots: list[int], positions: list[int]) -> list[DecodeGroup]:
    """Rows of like length read one block of the cache together; each alone where that were mostly padding."""
    if not slots:
        return []
    lengths = [position + 1 for position in positions]
    block = (slots[-1] - slots[0] + 1) * max(lengths)
    if block <= 2 * sum(lengths):
        rows = [slot - slots[0] for slot in slots]
        return [DecodeGroup(0, len(slots), slots[0], slots[-1] + 1, lengths, rows)]
    return [DecodeGroup(row, row + 1, slot, slot + 1, [lengths[row]], [0]) for row, slot in enumerate(slots)]
