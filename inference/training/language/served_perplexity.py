"""How surprised a model is by answers as the engine serves it: packed weights, rows as bytes and all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import torch

from inference.engine.batch import Batch, Segment
from inference.engine.blocks import BLOCK
from inference.engine.loader import LoadError, Precision, load
from inference.engine.runners import Runner, choose_runner
from inference.training.language.examples import Example
from inference.training.language.networks import BadNetwork
from inference.training.language.perplexity import Perplexity


def served_perplexity_of(
    folder: Path, examples: Sequence[Example], precision: Precision = "auto", threads: int = 1
) -> Perplexity:
    """Return the perplexity of the examples' answers by the runner that serves the model in `folder`.

    `fp32` is what the network itself says. Raises BadNetwork.
    """
    try:
        runner = choose_runner(load(folder, precision, threads=threads))
    except LoadError as error:
        raise BadNetwork(str(error)) from error
    longest = max(len(example.tokens) for example in examples)
    runner.allocate(-(-longest // BLOCK))
    nats = [_surprise(runner, example) for example in examples]
    return Perplexity(math.fsum(nats), sum(example.answer_tokens for example in examples))


@torch.inference_mode()
def _surprise(runner: Runner, example: Example) -> float:
    """The sum of -log p over the example's answer tokens, each given all before it, in nats."""
    rows = len(example.tokens)
    said = [at for at in range(1, rows) if example.learnt[at]]
    tokens = torch.tensor(example.tokens)
    segment = Segment(
        start=0,
        end=rows,
        position=0,
        blocks=list(range(-(-rows // BLOCK))),
        is_prefill=True,
        request_id="example",
    )
    wanted = torch.tensor(said) - 1
    logits = runner.run(Batch(tokens, torch.arange(rows), wanted, [segment])).cpu()
    runner.forget(segment.request_id)
    return float(torch.nn.functional.cross_entropy(logits, tokens[said], reduction="sum"))
