"""Where the rows of a batch write their keys and values, and which ones they may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from inference.engine.batch import Batch, Segment
from inference.engine.blocks import BLOCK


@dataclass(frozen=True, slots=True)
class Group:
    """Segments with equally many rows, attended together.

    `rows` (segments * count) are theirs in the batch. Each reads as many `blocks` (segments * width), of
    them the tokens `first` to `last`. `mask` (segments, 1, shared * count, last - first) is added to scores,
    the same for each of the `shared` heads; None where all is visible.
    """

    count: int
    rows: torch.Tensor
    blocks: torch.Tensor
    first: int
    last: int
    mask: torch.Tensor | None

    @property
    def segments(self) -> int:
        return len(self.rows) // self.count


class Layout:
    """One batch on the device of the network."""

    def __init__(self, batch: Batch, device: torch.device, dtype: torch.dtype) -> None:
        slots = [
            segment.blocks[position // BLOCK] * BLOCK + position % BLOCK
            for segment in batch.segments
            for position in range(segment.position, segment.length)
        ]
        self.tokens = batch.tokens.to(device)
        self.positions = batch.positions.to(device)
        self.wanted = batch.wanted.to(device)
        self.slots = torch.tensor(slots, device=device)
        self.longest = max(segment.length for segment in batch.segments)
        self.attended = 0
        self._device = device
        self._dtype = dtype
        self._together = _together(batch.segments)
        self._groups: dict[tuple[int | None, int], list[Group]] = {}

    def groups(self, window: int | None, shared: int) -> list[Group]:
        """All rows of the batch in groups, made once for all layers of a kind.

        In such a layer a token sees the last `window` tokens, and `shared` query heads share a key head.
        """
        if (window, shared) not in self._groups:
            self._groups[window, shared] = [
                self._group(segments, window, shared) for segments in self._together
            ]
        return self._groups[window, shared]

    def _group(self, segments: Sequence[Segment], window: int | None, shared: int) -> Group:
        count = segments[0].end - segments[0].start
        seen = [max(0, segment.position + 1 - window) if window else 0 for segment in segments]
        bases = [first // BLOCK for first in seen]
        tables = [
            list(segment.blocks[base : -(-segment.length // BLOCK)])
            for segment, base in zip(segments, bases, strict=True)
        ]
        width = max(map(len, tables))
        # Padded with the request's own block: a failed neighbour's could hold a NaN, which outlives masking.
        padded = [block for table in tables for block in (*table, *table[-1:] * (width - len(table)))]
        last = max(segment.length - base * BLOCK for segment, base in zip(segments, bases, strict=True))
        first = seen[0] - bases[0] * BLOCK if count == len(segments) == 1 else 0
        mask = None
        if count > 1 or len(segments) > 1:
            mask = self._mask(segments, bases, last, window).repeat(1, 1, shared, 1)
        return Group(
            count=count,
            rows=self._tensor([row for segment in segments for row in range(segment.start, segment.end)]),
            blocks=self._tensor(padded),
            first=first,
            last=last,
            mask=mask,
        )

    def _mask(
        self, segments: Sequence[Segment], bases: Sequence[int], last: int, window: int | None
    ) -> torch.Tensor:
        """(segments, 1, count, last)."""
        own = self._tensor([list(range(segment.position, segment.length)) for segment in segments])[..., None]
        start = self._tensor([base * BLOCK for base in bases])[:, None, None]
        seen = start + torch.arange(last, device=self._device)
        hidden = seen > own
        if window:
            hidden |= seen <= own - window
        # The lowest finite number keeps rows without any visible position free of NaN.
        mask = torch.zeros(hidden.shape, dtype=self._dtype, device=self._device)
        return mask.masked_fill_(hidden, torch.finfo(self._dtype).min)[:, None]

    def _tensor(self, values: Sequence[object]) -> torch.Tensor:
        return torch.tensor(values, device=self._device)


def _together(segments: Sequence[Segment]) -> list[list[Segment]]:
    """Segments with equally many rows and of like length; apart where more than half were padding."""
    groups: list[list[Segment]] = []
    total = 0
    for segment in sorted(segments, key=lambda segment: (segment.end - segment.start, segment.length)):
        fits = (
            groups
            and groups[-1][0].end - groups[-1][0].start == segment.end - segment.start
            and (len(groups[-1]) + 1) * segment.length <= 2 * (total + segment.length)
        )
        if fits:
            groups[-1].append(segment)
            total += segment.length
        else:
            groups.append([segment])
            total = segment.length
    return groups
