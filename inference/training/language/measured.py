"""What a program of training says of speed and memory, before and after."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from inference.training.language.footprint import NotMeasured, footprint_of
from inference.training.output import Tell

FIGURES = ("file_bytes", "resident_bytes", "load_seconds", "tokens_per_second")


def before_and_after(base: Path, made: Path, tell: Tell, *, same_precision: bool = True) -> dict[str, Any]:
    """Measure `made` as the engine serves it and then `base`; empty where one of them cannot be measured.

    With `same_precision` the base is served in the number format of what was made of it, so that layers are
    compared with layers; a base whose weights lie on a 4-bit grid would be served in 4 bits otherwise.
    """
    threads = torch.get_num_threads()
    tell({"text": "Speed and memory are measured."})
    try:
        after = footprint_of(made, threads)
        before = footprint_of(base, threads, after.precision if same_precision else "auto")
    except NotMeasured as problem:
        tell({"text": f"Speed and memory could not be measured: {problem}"})
        return {}
    figures: dict[str, Any] = {"served_in": after.precision, "served_in_before": before.precision}
    for name in FIGURES:
        figures[f"{name}_before"] = getattr(before, name)
        figures[f"{name}_after"] = getattr(after, name)
    return figures
