"""The chunks of one step as tensors, however they are run: all tokens of all requests in one packed row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from inference.engine.scheduler import Chunk


@dataclass(frozen=True, slots=True)
class Segment:
    """Rows `start` to `end` of the batch: consecutive positions, from `position` on, of one request.

    `blocks` says where its keys and values lie; there may be more blocks than this step needs.
    """

    start: int
    end: int
    position: int
    blocks: Sequence[int]
    is_prefill: bool
    request_id: str

    @property
    def length(self) -> int:
        """Tokens of the request in the cache after this step."""
        return self.position + self.end - self.start


@dataclass(frozen=True, slots=True)
class Batch:
    """`tokens` and `positions` have one int64 per token; `wanted` names the rows to get logits for."""

    tokens: torch.Tensor
    positions: torch.Tensor
    wanted: torch.Tensor
    segments: list[Segment]


def pack(chunks: Sequence[Chunk]) -> Batch:
    """Lay out one step, in the order of the chunks.

    Logits are wanted for the last row of a chunk that completes, and for the rows of its draft.
    """
    tokens: list[int] = []
    positions: list[int] = []
    wanted: list[int] = []
    segments: list[Segment] = []
    for chunk in chunks:
        start = len(tokens)
        tokens.extend(chunk.tokens)
        end = len(tokens)
        positions.extend(range(chunk.start, chunk.start + end - start))
        request = chunk.request
        segments.append(Segment(start, end, chunk.start, request.blocks, chunk.is_prefill, request.id))
        if chunk.completes:
            wanted.extend(range(end - 1 - len(chunk.draft), end))
    return Batch(
        tokens=torch.tensor(tokens),
        positions=torch.tensor(positions),
        wanted=torch.tensor(wanted, dtype=torch.long),
        segments=segments,
    )
