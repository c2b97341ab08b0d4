"""What runs a batch: the fastest of three that knows the model."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Protocol

import torch

from inference.engine.attention import UnsupportedAttention
from inference.engine.batch import Batch
from inference.engine.fallback_runner import FallbackRunner, UnsupportedModel
from inference.engine.loader import LanguageModel, LoadError
from inference.engine.native.runner import NativeRunner
from inference.engine.transformers_runner import TransformersRunner

logger = logging.getLogger(__name__)


class Runner(Protocol):
    """Computes batches and keeps their keys and values."""

    @property
    def name(self) -> str:
        """What the log and the status call it."""

    @property
    def shares_prefixes(self) -> bool:
        """Whether a block that one request computed serves another."""

    @property
    def verifies_drafts(self) -> bool:
        """Whether rows behind a wrong guess can be computed again."""

    @property
    def bytes_per_token(self) -> int:
        """Memory of one token's keys and values."""

    def allocate(self, blocks: int) -> None:
        """Make room for `blocks` blocks, empty. Comes before the first `run`."""

    def run(self, batch: Batch) -> torch.Tensor:
        """Compute a batch; returns float32 logits (wanted rows, vocabulary)."""

    def clear_blocks(self, blocks: Sequence[int]) -> None:
        """Overwrite what a failed request left in blocks."""

    def clear(self) -> None:
        """Forget everything, after a failed step."""

    def forget(self, request_id: str) -> None:
        """Drop what is kept for a request that has ended, apart from its blocks."""


def choose_runner(model: LanguageModel) -> Runner:
    """The kernels where the model was loaded for them, else transformers; raises LoadError."""
    if model.native is not None and model.kernels is not None:
        return NativeRunner(model.native, model.kernels)
    try:
        return TransformersRunner(model.network)
    # Whatever an unknown architecture does with a packed batch, the fallback may still do without one.
    except (AttributeError, KeyError, NotImplementedError, RuntimeError, TypeError, ValueError) as error:
        reason = str(error) if isinstance(error, UnsupportedAttention) else f"it cannot be batched ({error})"
    try:
        return FallbackRunner(model.network, reason)
    except UnsupportedModel as error:
        raise LoadError(f"The engine cannot serve this model: {error}.") from error
