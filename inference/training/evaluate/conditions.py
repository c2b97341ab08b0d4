"""What a speed depends on beside the version: it is compared where all but how it is run is the same."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import torch

from inference.engine.loader import LanguageModel


def conditions(threads: int, asked: str, model: LanguageModel | None = None) -> dict[str, str | int]:
    """Return machine, cores, threads, the precision that was `asked` for, and how the engine runs `model`.

    "precision" and "kernels" follow from the version: of what is asked for as "auto" one is served in 4 bits
    and another in 8.
    """
    found: dict[str, str | int] = {
        "machine": _machine(),
        "cores": len(os.sched_getaffinity(0)),
        "threads": threads,
        "asked_precision": asked,
    }
    if model is not None:
        found |= {"precision": model.precision, "kernels": "own" if model.native is not None else "torch"}
    return found


def _machine() -> str:
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())
