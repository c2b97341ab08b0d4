"""What a training comes from, so that a checkpoint of another one is known."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch
from transformers import PreTrainedModel

from inference.training.language.examples import Example


def origin_of(
    network: PreTrainedModel, examples: Sequence[Example], settings: dict[str, Any]
) -> dict[str, Any]:
    """Name the architecture, the weights as they are now, the data and the settings, by hash or value."""
    named = [*network.named_parameters(), *network.named_buffers()]
    shapes = "\n".join(f"{name} {tuple(tensor.shape)}" for name, tensor in named)
    return {
        "architecture": _hashed([f"{network.config.model_type}\n{shapes}".encode()]),
        "weights": _hashed(_bytes(tensor) for _name, tensor in named),
        "data": _hashed(_packed(example) for example in examples),
        **settings,
    }


def _hashed(parts: Iterable[bytes | memoryview]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


def _bytes(tensor: torch.Tensor) -> memoryview:
    return memoryview(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy())


def _packed(example: Example) -> bytes:
    tokens = np.array([len(example.tokens), *example.tokens], dtype=np.int64)
    return tokens.tobytes() + np.packbits(np.array(example.learnt, dtype=bool)).tobytes()
