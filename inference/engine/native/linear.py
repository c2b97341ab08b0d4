"""Packed weights in the place of a linear layer, for architectures that transformers runs layer by layer."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from transformers.pytorch_utils import Conv1D

from inference.engine.native.kernels import Kernels
from inference.engine.native.packing import PackedMatrix, Precision, pack


class PackedLinear(nn.Module):
    """Computes what the linear layer did that the matrix was packed from."""

    def __init__(self, matrix: PackedMatrix, kernels: Kernels) -> None:
        super().__init__()
        self._matrix = matrix
        self._kernels = kernels

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return (..., outputs) for x (..., inputs), in the number format of x."""
        rows = x.reshape(-1, self._matrix.inputs).float().contiguous()
        return self._kernels.multiply(rows, self._matrix).view(*x.shape[:-1], -1).to(x.dtype)


@torch.inference_mode()
def pack_linears(network: nn.Module, precision: Precision, kernels: Kernels) -> None:
    """Replace the linear layers of `network`, one after the other; tied embeddings keep their weights."""
    shared = {id(parameter) for parameter in _embedding_weights(network)}
    for parent in list(network.modules()):
        for name, child in parent.named_children():
            if type(child) not in (nn.Linear, Conv1D) or id(child.weight) in shared:
                continue
            linear: Any = child
            # GPT-2's layer holds its weights the other way round.
            weight = linear.weight.T if isinstance(child, Conv1D) else linear.weight
            setattr(parent, name, PackedLinear(pack(weight, precision, linear.bias), kernels))


def _embedding_weights(network: nn.Module) -> list[nn.Parameter]:
    return [module.weight for module in network.modules() if isinstance(module, nn.Embedding)]
