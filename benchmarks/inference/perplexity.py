"""What a precision costs: `python -m benchmarks.inference.perplexity WORKLOAD PRECISION`.

Perplexity of 50 kB of XQuAD's English paragraphs by the runner that serves. The text is read in windows of
512 tokens that overlap by 256: a window's first 256 tokens are context that the window before has scored, its
others are scored; the first window scores all tokens but the very first. Every window is computed anew as one
prompt chunk, so each scored token has between 256 and 511 tokens before it (in the first window, what there
is).
"""

import math
from collections.abc import Sequence
from pathlib import Path

import torch

from benchmarks.inference.children import report
from benchmarks.inference.streams import load_as_served
from benchmarks.inference.workload import Workload
from inference.engine.batch import Batch, Segment
from inference.engine.blocks import BLOCK
from inference.engine.runners import Runner, choose_runner

WINDOW = 512
CONTEXT = 256


def measure(workload_file: str, precision: str) -> dict[str, float]:
    """`perplexity_PRECISION` of the workload's English text."""
    workload = Workload.read(Path(workload_file))
    runner = choose_runner(load_as_served(workload.model, precision))
    runner.allocate(WINDOW // BLOCK)
    surprise, scored = 0.0, 0
    for start, first in windows(len(workload.english)):
        window = workload.english[start : start + WINDOW]
        surprise += _surprise(runner, window, first)
        scored += len(window) - first
    return {f"perplexity_{precision}": math.exp(surprise / scored)}


def windows(tokens: int) -> list[tuple[int, int]]:
    """The start of every window, and the first token in it that is scored; each token but the first once."""
    return [(start, CONTEXT if start else 1) for start in range(0, max(1, tokens - CONTEXT), CONTEXT)]


@torch.inference_mode()
def _surprise(runner: Runner, window: Sequence[int], first: int) -> float:
    """The sum of -log p (natural logarithm) over `window[first:]`, each token given those before it."""
    rows, blocks = len(window), math.ceil(len(window) / BLOCK)
    tokens = torch.tensor(window)
    batch = Batch(
        tokens=tokens,
        positions=torch.arange(rows),
        wanted=torch.arange(first - 1, rows - 1),
        segments=[
            Segment(
                start=0,
                end=rows,
                position=0,
                blocks=list(range(blocks)),
                is_prefill=True,
                request_id="window",
            )
        ],
    )
    logits = runner.run(batch).cpu()
    return float(torch.nn.functional.cross_entropy(logits, tokens[first:], reduction="sum"))


if __name__ == "__main__":
    report(measure)
