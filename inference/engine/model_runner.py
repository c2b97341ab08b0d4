"""One forward pass over whatever the scheduler chose."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from inference.engine.attention import UnsupportedAttention
from inference.engine.batch import pack
from inference.engine.kv_cache import SlotCache
from inference.engine.loader import LanguageModel, LoadError
from inference.engine.request import Request, SamplingParameters
from inference.engine.scheduler import Chunk


class ModelRunner:
    """Runs chunks through the model and keeps their keys and values."""

    def __init__(self, model: LanguageModel, *, slots: int, context_length: int) -> None:
        self._network = model.network
        self._cache = SlotCache(slots, context_length)

    @torch.inference_mode()
    def run(self, chunks: Sequence[Chunk]) -> tuple[torch.Tensor, list[Request]]:
        """Compute the chunks. Returns float32 logits (requests, vocabulary) and the requests they belong to.

        Only requests whose prompt is complete after this step are among them.
        """
        batch, completed = pack(chunks, self._network.device)
        self._cache.begin(batch)
        output = self._network(
            input_ids=batch.tokens[None],
            position_ids=batch.positions[None],
            past_key_values=self._cache,
            use_cache=True,
            logits_to_keep=batch.last,
            batch=batch,
        )
        for chunk in chunks:
            chunk.request.computed = chunk.end
        return output.logits[0].float(), [chunk.request for chunk in completed]

    def measure_bytes_per_token(self) -> int:
        """Run one token and see what it takes; raises LoadError where the engine cannot run the model."""
        probe = Request([0], SamplingParameters(), deliver=lambda output: None, slot=0)
        try:
            self.run([Chunk(probe, 0, 1)])
        except UnsupportedAttention as error:
            raise LoadError(str(error)) from error
        return self._cache.bytes_per_token

    @torch.inference_mode()
    def clear_slot(self, slot: int) -> None:
        """Remove what a failed request left in the cache."""
        self._cache.clear_slot(slot)

    def clear(self) -> None:
        """Start from an empty cache after a failed step."""
        self._cache.clear()
