"""Attention of a packed batch over the blocks of the cache, behind transformers' attention interface."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface

from inference.engine.layout import Group, Layout

NAME = "blocks"


class UnsupportedAttention(RuntimeError):
    """The architecture asks for a kind of attention that the engine does not compute."""


def attend(
    module: torch.nn.Module,
    query: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    attention_mask: torch.Tensor | None,
    *,
    layout: Layout | None = None,
    scaling: float | None = None,
    sliding_window: int | None = None,
    softcap: float | None = None,
    s_aux: torch.Tensor | None = None,
    **kwargs: Any,
) -> tuple[torch.Tensor, None]:
    """Let every token of `query` (1, heads, tokens, head size) see its own request up to itself.

    `keys` and `values` are the storage of a layer in BlockCache. Returns (1, tokens, heads, head size);
    raises UnsupportedAttention for what it does not know.
    """
    if layout is None or softcap is not None or s_aux is not None:
        raise UnsupportedAttention(
            f"{type(module).__name__} needs attention that the engine does not compute"
        )
    layout.attended += 1
    rows = query[0].transpose(0, 1)
    output = rows.new_empty(*rows.shape[:2], values.shape[-1])
    for group in layout.groups(sliding_window, rows.shape[1] // keys.shape[2]):
        output[group.rows] = _attend(group, rows[group.rows], keys, values, scaling)
    return output.unsqueeze(0), None


AttentionInterface.register(NAME, attend)


def _attend(
    group: Group, query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, scaling: float | None
) -> torch.Tensor:
    """`query` is (segments * count, heads, head size), and so is the result.

    The query heads that share a key head stand beside the rows, in the sequence dimension, so that no key is
    repeated.
    """
    segments, count, kv_heads = group.segments, group.count, keys.shape[2]
    shared = query.shape[1] // kv_heads
    spread = query.view(segments, count, kv_heads, shared, -1).permute(0, 2, 3, 1, 4)
    output = scaled_dot_product_attention(
        spread.reshape(segments, kv_heads, shared * count, -1),
        _gather(group, keys),
        _gather(group, values),
        attn_mask=group.mask,
        scale=scaling,
    )
    output = output.view(segments, kv_heads, shared, count, -1).permute(0, 3, 1, 2, 4)
    return output.reshape(segments * count, kv_heads * shared, -1)


def _gather(group: Group, storage: torch.Tensor) -> torch.Tensor:
    """(segments, heads, tokens, head size): what each segment of the group may see, side by side."""
    gathered = storage.index_select(0, group.blocks)
    gathered = gathered.view(group.segments, -1, *storage.shape[2:])
    return gathered[:, group.first : group.last].transpose(1, 2)
