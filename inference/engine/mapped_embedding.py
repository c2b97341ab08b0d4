"""A word embedding that stays in its file: only rows that were looked up take memory."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import safe_open
from torch import nn
from transformers import PreTrainedModel

_FLOATS = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}


class MappedEmbedding(nn.Module):
    """Looks rows up in a table of the file's own number format, and gives them in another one."""

    def __init__(self, table: torch.Tensor, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        # Neither a parameter nor a buffer: `to()` on the network would copy the table into memory.
        self.table = table
        self.dtype = dtype

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Rows [..., width] of int64 `ids` [...]."""
        return nn.functional.embedding(ids, self.table).to(self.dtype)


def stored_dtype(folder: Path) -> torch.dtype:
    """The one number format of a folder's safetensors, float32 where there are several.

    transformers maps tensors that it loads in their own format, and copies all others.
    """
    names: set[str] = set()
    for path in folder.glob("*.safetensors"):
        with safe_open(path, "pt") as file:
            names |= {file.get_slice(key).get_dtype() for key in file.keys()}  # noqa: SIM118  no mapping
    floats = {_FLOATS[name] for name in names if name in _FLOATS}
    return floats.pop() if len(floats) == 1 else torch.float32


def in_dtype(network: PreTrainedModel, dtype: torch.dtype) -> PreTrainedModel:
    """The network, loaded as it is stored, in `dtype`, but for a plain word embedding, which stays mapped."""
    embedding = network.get_input_embeddings()
    if type(embedding) is nn.Embedding and embedding.max_norm is None:
        network.set_input_embeddings(MappedEmbedding(embedding.weight.detach(), dtype))
    return network.to(dtype)
