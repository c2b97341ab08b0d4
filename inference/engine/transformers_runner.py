"""Runs batches through transformers' own layers, all requests in one forward pass."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from transformers import PreTrainedModel

from inference.engine.attention import NAME, UnsupportedAttention
from inference.engine.batch import Batch, Segment
from inference.engine.kv_cache import BlockCache
from inference.engine.layout import Layout

_SEEN_KINDS = frozenset({"full_attention", "sliding_attention"})


class TransformersRunner:
    """A network whose attention goes through transformers' attention interface, with a cache in blocks."""

    name = "transformers"
    shares_prefixes = True
    verifies_drafts = True

    def __init__(self, network: PreTrainedModel) -> None:
        """Run one token to see what it takes; raises UnsupportedAttention where the network cannot be run."""
        self._network = network
        self._cache = BlockCache(1)
        config = network.config.get_text_config()
        if network._is_stateful:
            raise UnsupportedAttention("its layers keep a state that is no key and value of a token")
        if not _SEEN_KINDS.issuperset(getattr(config, "layer_types", None) or ()):
            raise UnsupportedAttention("some of its layers see other tokens than all or the last ones")
        if config._attn_implementation != NAME:
            raise UnsupportedAttention("its attention cannot be replaced")
        self.bytes_per_token = self._probe()

    def allocate(self, blocks: int) -> None:
        """Make room for `blocks` blocks, empty."""
        self._cache = BlockCache(blocks)

    @torch.inference_mode()
    def run(self, batch: Batch) -> torch.Tensor:
        """Compute a batch; returns float32 logits (wanted rows, vocabulary)."""
        return self._forward(Layout(batch, self._network.device, self._network.dtype))

    @torch.inference_mode()
    def clear_blocks(self, blocks: Sequence[int]) -> None:
        """Overwrite what a failed request left."""
        self._cache.clear_blocks(blocks)

    def clear(self) -> None:
        """Forget everything, after a failed step."""
        self._cache.clear()

    def forget(self, request_id: str) -> None:
        """Nothing is kept for a request but its blocks."""

    def _forward(self, layout: Layout) -> torch.Tensor:
        self._cache.begin(layout)
        output = self._network(
            input_ids=layout.tokens[None],
            position_ids=layout.positions[None],
            past_key_values=self._cache,
            use_cache=True,
            logits_to_keep=layout.wanted,
            layout=layout,
        )
        return output.logits[0].float()

    @torch.inference_mode()
    def _probe(self) -> int:
        """Bytes of a token's keys and values."""
        zero = torch.zeros(1, dtype=torch.long)
        batch = Batch(zero, zero, zero, [Segment(0, 1, 0, [0], is_prefill=True, request_id="")])
        layout = Layout(batch, self._network.device, self._network.dtype)
        self._forward(layout)
        if not 0 < layout.attended == self._cache.layer_count:
            raise UnsupportedAttention("its attention does not go through transformers' attention interface")
        return self._cache.bytes_per_token
