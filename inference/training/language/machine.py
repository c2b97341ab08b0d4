"""Where training computes: a GPU or a processor, one process or several, by accelerate."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Literal

import torch
from accelerate import Accelerator
from accelerate.utils import AutocastKwargs

from inference.engine.loader import multiplies_bfloat16
from inference.training.refusal import BadSetting

Precision = Literal["fp32", "bf16", "auto"]


class Machine:
    """One of the processes that train together, each with every example and the whole network.

    Started by `accelerate launch` or `torchrun` there are several, on one machine or on many; else one.
    """

    def __init__(self, precision: Precision = "auto") -> None:
        on_gpu = torch.cuda.is_available()
        can_bfloat16 = torch.cuda.is_bf16_supported() if on_gpu else multiplies_bfloat16()
        wanted = can_bfloat16 if precision == "auto" else precision == "bf16"
        # What accelerate is told once holds for the whole process, so the choice lies in `autocast`.
        able = not on_gpu or can_bfloat16
        self._accelerator = Accelerator(mixed_precision="bf16" if able else "no", cpu=not on_gpu)
        self.precision: Literal["fp32", "bf16"] = "bf16" if wanted and able else "fp32"
        self.device: torch.device = self._accelerator.device
        self.processes: int = self._accelerator.num_processes
        self.rank: int = self._accelerator.process_index

    @property
    def is_main(self) -> bool:
        """Whether this process tells, and writes files."""
        return self.rank == 0

    def autocast(self) -> AbstractContextManager[None]:
        """Inside, products are of bfloat16 where that was chosen, and sums and losses of float32."""
        return self._accelerator.autocast(AutocastKwargs(enabled=self.precision == "bf16"))

    def sum(self, tensors: Sequence[torch.Tensor]) -> None:
        """Replace each tensor by the sum over all processes, in one message."""
        if self.processes == 1 or not tensors:
            return
        flat = torch.cat([tensor.reshape(-1) for tensor in tensors])
        summed = self._accelerator.reduce(flat, reduction="sum")
        for tensor, part in zip(tensors, summed.split([each.numel() for each in tensors]), strict=True):
            tensor.copy_(part.view_as(tensor))

    def agree(self, step: int) -> None:
        """Raise BadSetting unless every process is at the same step."""
        steps = torch.tensor([float(step)], device=self.device)
        self.sum([steps])
        if int(steps) != step * self.processes:
            raise BadSetting("The processes found different checkpoints: give all of them the same folder.")
