"""How surprised a language model is by answers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from transformers import PreTrainedModel

from inference.training.language.batches import NOT_LEARNT, batch_of, rows_by_length
from inference.training.language.examples import Example
from inference.training.language.objective import answer_logits, answer_targets


@dataclass(frozen=True, slots=True)
class Perplexity:
    """The surprise of so many answer tokens, in nats; `value` is exp(nats / tokens), 1 at the least."""

    nats: float
    tokens: int

    @property
    def value(self) -> float:
        # A network that is quite wrong would overflow.
        return math.exp(min(self.nats / max(1, self.tokens), 700.0))


def perplexity_of(
    network: PreTrainedModel, examples: Sequence[Example], tokens_at_once: int = 4096
) -> Perplexity:
    """The perplexity of the examples' answers, each token given all before it in its dialogue."""
    found = nats_by_example(network, examples, tokens_at_once)
    return Perplexity(math.fsum(nats for nats, _tokens in found), sum(tokens for _nats, tokens in found))


@torch.inference_mode()
def nats_by_example(
    network: PreTrainedModel, examples: Sequence[Example], tokens_at_once: int = 4096
) -> list[tuple[float, int]]:
    """The surprise of each example's answers in nats, and of how many tokens, in order.

    The network computes in its own number format, and is left in the mode, to train or not, that it was in.
    """
    was_training = network.training
    network.eval()
    found: list[tuple[float, int]] = [(0.0, 0)] * len(examples)
    lengths = [len(example.tokens) for example in examples]
    try:
        for rows in rows_by_length(range(len(examples)), lengths, tokens_at_once):
            batch = batch_of([examples[row] for row in rows]).to(network.device)
            nats = torch.nn.functional.cross_entropy(
                answer_logits(network, batch).float(), answer_targets(batch), reduction="none"
            )
            counts = (batch.labels[:, 1:] != NOT_LEARNT).sum(dim=1).tolist()
            for row, some in zip(rows, nats.double().split(counts), strict=True):
                found[row] = (float(some.sum()), len(some))
    finally:
        network.train(was_training)
    return found
