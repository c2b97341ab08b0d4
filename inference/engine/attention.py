"""Attention of a packed batch over the slots of the cache, behind transformers' attention interface."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface

from inference.engine.batch import Batch, DecodeGroup, PrefillSegment

NAME = "slots"


class UnsupportedAttention(RuntimeError):
    """The architecture asks for a kind of attention that the engine does not compute."""


def attend(
    module: torch.nn.Module,
    query: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    attention_mask: torch.Tensor | None,
    *,
    batch: Batch | None = None,
    scaling: float | None = None,
    sliding_window: int | None = None,
    softcap: float | None = None,
    s_aux: torch.Tensor | None = None,
    **kwargs: Any,
) -> tuple[torch.Tensor, None]:
    """Let every token of `query` (1, heads, tokens, head size) see its own request up to itself.

    `keys` and `values` are the storage of a layer in SlotCache. Returns (1, tokens, heads, head size).
    """
    if batch is None or softcap is not None or s_aux is not None:
        raise UnsupportedAttention(
            f"{type(module).__name__} needs attention that the engine does not compute."
        )
    rows = query[0].transpose(0, 1)
    pieces = [_decode(group, rows, keys, values, scaling, sliding_window) for group in batch.decodes]
    pieces += [_prefill(segment, rows, keys, values, scaling, sliding_window) for segment in batch.prefills]
    output = pieces[0] if len(pieces) == 1 else torch.cat(pieces)
    return output.unsqueeze(0), None


AttentionInterface.register(NAME, attend)


def _decode(
    group: DecodeGroup,
    rows: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    scaling: float | None,
    window: int | None,
) -> torch.Tensor:
    """Single tokens: the query heads that share a key head stand in the place of the sequence dimension."""
    kv_heads, width = keys.shape[1], group.last_slot - group.first_slot
    query = rows[group.start : group.end]
    if not group.is_dense:
        spread = query.new_zeros(width, *query.shape[1:])
        spread[group.rows] = query
        query = spread
    first, last = _visible(group.lengths, window)
    output = scaled_dot_product_attention(
        query.reshape(width, kv_heads, -1, query.shape[-1]),
        keys[group.first_slot : group.last_slot, :, first:last],
        values[group.first_slot : group.last_slot, :, first:last],
        attn_mask=_decode_mask(group, window, query),
        scale=scaling,
    )
    output = output.reshape(width, -1, values.shape[-1])
    return output if group.is_dense else output[group.rows]


def _prefill(
    segment: PrefillSegment,
    rows: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    scaling: float | None,
    window: int | None,
) -> torch.Tensor:
    """A chunk of a prompt: key heads stand in the place of the batch dimension, so that none is repeated."""
    kv_heads, count = keys.shape[1], segment.end - segment.start
    query = rows[segment.start : segment.end]
    shared = query.shape[1] // kv_heads
    first, last = _visible(range(segment.position + 1, segment.length + 1), window)
    output = scaled_dot_product_attention(
        query.transpose(0, 1).reshape(kv_heads, shared, count, query.shape[-1]),
        keys[segment.slot, :, None, first:last].expand(-1, shared, -1, -1),
        values[segment.slot, :, None, first:last].expand(-1, shared, -1, -1),
        attn_mask=_prefill_mask(segment, window, query),
        scale=scaling,
    )
    return output.reshape(-1, count, values.shape[-1]).transpose(0, 1)


def _visible(lengths: list[int] | range, window: int | None) -> tuple[int, int]:
    """The stretch of positions that holds all that queries at the end of `lengths` tokens may see."""
    first = max(0, min(lengths) - window) if window else 0
    return first, max(lengths)


def _decode_mask(group: DecodeGroup, window: int | None, like: torch.Tensor) -> torch.Tensor | None:
    """(slots, 1, 1, positions), or None where every position is visible; made once per step and window."""
    if window not in group.masks:
        first, last = _visible(group.lengths, window)
        if group.is_dense and min(group.lengths) == last and (not window or last - first <= window):
            group.masks[window] = None
            return None
        lengths = (
            torch.ones(group.last_slot - group.first_slot, 1, dtype=torch.long, device=like.device) + first
        )
        lengths[group.rows, 0] = torch.tensor(group.lengths, device=like.device)
        position = torch.arange(first, last, device=like.device)
        hidden = position >= lengths
        if window:
            hidden |= position < lengths - window
        group.masks[window] = _additive(hidden, like)[:, None, None]
    return group.masks[window]


def _prefill_mask(segment: PrefillSegment, window: int | None, like: torch.Tensor) -> torch.Tensor:
    """(tokens, positions), made once per step and window."""
    if window not in segment.masks:
        first, last = _visible(range(segment.position + 1, segment.length + 1), window)
        own = torch.arange(segment.position, segment.length, device=like.device)[:, None]
        position = torch.arange(first, last, device=like.device)
        hidden = position > own
        if window:
            hidden |= position <= own - window
        segment.masks[window] = _additive(hidden, like)
    return segment.masks[window]


def _additive(hidden: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """A mask to add to scores.

    The lowest finite number keeps rows without any visible position free of NaN.
    """
    return torch.zeros(hidden.shape, dtype=like.dtype, device=like.device).masked_fill_(
        hidden, torch.finfo(like.dtype).min
    )
