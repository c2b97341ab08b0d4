"""Runs any causal model as transformers does it by itself: request after request, each with its own cache."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from transformers import DynamicCache, PreTrainedModel

from inference.engine.batch import Batch
from inference.engine.blocks import BLOCK

logger = logging.getLogger(__name__)

# What recurrent layers call the argument that all others call `past_key_values`.
_CACHE_ARGUMENTS = ("past_key_values", "cache_params")
_PROBE_TOKENS = 2 * BLOCK
# How far scores may differ that mean the same, relative to their size.
_TOLERANCE = 0.05


class UnsupportedModel(RuntimeError):
    """The model cannot be run in pieces; the message says why."""


class FallbackRunner:
    """Slower than the others, since requests share neither products with weights nor keys and values."""

    name = "fallback"
    shares_prefixes = False
    verifies_drafts = False

    def __init__(self, network: PreTrainedModel, reason: str) -> None:
        """Say in the log why this is slower, and try it; raises UnsupportedModel where it does not work."""
        self._network = network
        self._caches: dict[str, DynamicCache] = {}
        self._reads_in_pieces = True
        self._unread: dict[str, list[torch.Tensor]] = {}
        arguments = inspect.signature(network.forward).parameters
        self._cache_argument = next((name for name in _CACHE_ARGUMENTS if name in arguments), "")
        self._takes_positions = "position_ids" in arguments
        if not self._cache_argument:
            raise UnsupportedModel("it takes no cache of what it has read")
        logger.warning(
            "%s runs one request after the other, which is slower: %s.", type(network).__name__, reason
        )
        try:
            # transformers' plainest attention, the one that knows every variant.
            network.set_attn_implementation("eager")
            self.bytes_per_token = self._probe()
        except (AttributeError, KeyError, NotImplementedError, RuntimeError, TypeError, ValueError) as error:
            raise UnsupportedModel(f"{type(network).__name__} cannot be run: {error}") from error

    def allocate(self, blocks: int) -> None:
        """Nothing to make room for: each request's cache grows as it is read."""

    @torch.inference_mode()
    def run(self, batch: Batch) -> torch.Tensor:
        """Compute a batch; returns float32 logits (wanted rows, vocabulary)."""
        wanted = batch.wanted.tolist()
        vocabulary = self._network.config.get_text_config().vocab_size
        logits = [torch.empty(0, vocabulary, dtype=torch.float32)]
        for segment in batch.segments:
            rows = [row - segment.end for row in wanted if segment.start <= row < segment.end]
            tokens = batch.tokens[segment.start : segment.end]
            if self._reads_in_pieces or not segment.is_prefill:
                logits.append(self._forward(segment.request_id, segment.position, tokens)[rows].float().cpu())
                continue
            self._unread.setdefault(segment.request_id, []).append(tokens)
            if rows:
                prompt = torch.cat(self._unread.pop(segment.request_id))
                logits.append(self._forward(segment.request_id, 0, prompt)[rows].float().cpu())
        return torch.cat(logits)

    def clear_blocks(self, blocks: Sequence[int]) -> None:
        """Nothing lies in blocks; `forget` drops what a failed request left."""

    def clear(self) -> None:
        """Forget all requests."""
        self._caches.clear()
        self._unread.clear()

    def forget(self, request_id: str) -> None:
        """Drop the cache of a request that has ended."""
        self._caches.pop(request_id, None)
        self._unread.pop(request_id, None)

    def _forward(self, request_id: str, position: int, tokens: torch.Tensor) -> torch.Tensor:
        """Scores of all rows (tokens, vocabulary) of a text that goes on at `position`."""
        if position == 0:
            self._caches[request_id] = DynamicCache(config=self._network.config)
        device = self._network.device
        arguments: dict[str, Any] = {self._cache_argument: self._caches[request_id]}
        if self._takes_positions:
            arguments["position_ids"] = torch.arange(position, position + len(tokens), device=device)[None]
        return self._network(input_ids=tokens.to(device)[None], use_cache=True, **arguments).logits[0]

    @torch.inference_mode()
    def _probe(self) -> int:
        """Find out whether a text may be read in pieces. Returns about the bytes of a token in the cache."""
        tokens = torch.arange(_PROBE_TOKENS) % self._network.config.get_text_config().vocab_size
        whole = self._forward("", 0, tokens)
        taken = sum(tensor.nbytes for layer in self._caches[""].layers for tensor in _tensors(vars(layer)))
        # Some recurrent layers take one token at a time once they have begun, or all at once.
        self._reads_in_pieces = self._agree(whole, tokens, (0, BLOCK + 5, _PROBE_TOKENS - 1, _PROBE_TOKENS))
        if not self._reads_in_pieces and not self._agree(
            whole, tokens, (0, _PROBE_TOKENS - 1, _PROBE_TOKENS)
        ):
            raise UnsupportedModel("it gives other scores where a text goes on than for the text at once")
        self.clear()
        return max(1, taken // _PROBE_TOKENS)

    def _agree(self, whole: torch.Tensor, tokens: torch.Tensor, borders: Sequence[int]) -> bool:
        """Whether reading up to each border in turn gives the scores of the text at once."""
        pieces = [
            self._forward("", start, tokens[start:end])
            for start, end in zip(borders, borders[1:], strict=False)
        ]
        difference = (torch.cat(pieces) - whole).float().norm()
        return bool(difference <= _TOLERANCE * whole.float().norm())


def _tensors(value: object) -> Iterator[torch.Tensor]:
    """All tensors in lists and dictionaries, however deep."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _tensors(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _tensors(part)
