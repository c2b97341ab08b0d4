"""Whether another model fits into memory beside what runs, told before it is loaded."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open

from inference.engine.cache_size import AUTOMATIC_BYTES, AUTOMATIC_TOKENS, LARGEST_SHARE
from inference.engine.loader import Precision

# Bytes of a weight once loaded; with the kernels `auto` takes one at most, without them mostly two.
_WIDTHS: dict[Precision, float] = {"fp32": 4, "fp16": 2, "bf16": 2, "int8": 1.1, "int4": 0.7, "auto": 2}
# What a system needs to go on while the estimate was too small.
_SPARE_BYTES = 256 * 2**20
_MEMINFO = Path("/proc/meminfo")
_CGROUP = Path("/sys/fs/cgroup")


def bytes_to_load(folder: Path, precision: Precision, cache_gib: float = 0.0) -> int:
    """The most memory that loading the model and its cache will take, estimated from its files alone.

    While weights are packed for the kernels they are there twice: as stored, and packed. Raises OSError or
    ValueError for a folder that holds no readable model.
    """
    stored = weights = 0
    for file in folder.glob("*.safetensors"):
        stored += file.stat().st_size
        with safe_open(str(file), framework="numpy") as tensors:
            for name in tensors.keys():  # noqa: SIM118  no mapping
                weights += math.prod(tensors.get_slice(name).get_shape())
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    cache = int(cache_gib * 2**30) or max(AUTOMATIC_BYTES, AUTOMATIC_TOKENS * _bytes_per_token(config))
    return stored + int(weights * _WIDTHS[precision]) + min(cache, _memory() // LARGEST_SHARE)


def _bytes_per_token(config: dict[str, Any]) -> int:
    """Keys and values of one token, in two bytes each; 0 where the configuration says it otherwise."""
    sizes = config.get("text_config") or config
    heads = sizes.get("num_attention_heads") or 1
    width = sizes.get("head_dim") or (sizes.get("hidden_size") or 0) // heads
    key_value_heads = sizes.get("num_key_value_heads") or heads
    return 4 * int(sizes.get("num_hidden_layers") or 0) * int(key_value_heads) * int(width)


def bytes_free() -> int:
    """How much memory another model may take: of the GPU, or of the machine and the container's limit."""
    if torch.cuda.is_available():
        return int(torch.cuda.mem_get_info()[0])
    return max(0, min(_free_in_machine(), _free_in_container()) - _SPARE_BYTES)


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _free_in_machine() -> int:
    try:
        for line in _MEMINFO.read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES")


def _free_in_container() -> int:
    """Below the limit of cgroup v2; file pages that it can drop count as free. All memory without a limit."""
    try:
        limit = int((_CGROUP / "memory.max").read_text())
        used = int((_CGROUP / "memory.current").read_text())
        lines = (_CGROUP / "memory.stat").read_text().splitlines()
        droppable = sum(int(line.split()[1]) for line in lines if line.startswith("inactive_file "))
    except (OSError, ValueError):
        return _memory()
    return limit - used + droppable
