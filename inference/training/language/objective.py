"""What a language model is trained for: that it says the answers."""

from __future__ import annotations

from collections.abc import Callable

import torch
from transformers import PreTrainedModel

from inference.training.language.batches import NOT_LEARNT, Batch

Objective = Callable[[PreTrainedModel, Batch], torch.Tensor]

# Architectures whose logits are one product of the last hidden states, nothing scaled or capped after it.
_PLAIN_HEADS = frozenset({"llama", "mistral", "qwen2", "qwen3", "smollm3", "phi3", "olmo2"})


def answer_loss(network: PreTrainedModel, batch: Batch) -> torch.Tensor:
    """The mean over the answer tokens of -log p(token | all before it), in nats: a scalar."""
    return torch.nn.functional.cross_entropy(answer_logits(network, batch).float(), answer_targets(batch))


def answer_targets(batch: Batch) -> torch.Tensor:
    """The answer tokens of the batch, row after row: (answer tokens,)."""
    shifted = batch.labels[:, 1:]
    return shifted[shifted != NOT_LEARNT]


def answer_logits(network: PreTrainedModel, batch: Batch) -> torch.Tensor:
    """The logits that say each of `answer_targets`: (answer tokens, vocabulary).

    Most of the memory, and a fifth of the time, of a small network goes into logits. So they are computed for
    the answers only, where the architecture lets us.
    """
    return answers_and_states(network, batch, False)[0]


def answers_and_states(
    network: PreTrainedModel, batch: Batch, with_states: bool
) -> tuple[torch.Tensor, tuple[torch.Tensor, ...]]:
    """What `answer_logits` gives, and with `with_states` the hidden states, each (rows, length, width).

    The first one is the embedding, and each layer adds one; the last one is normalised.
    """
    said = batch.labels[:, 1:] != NOT_LEARNT
    head = network.get_output_embeddings()
    is_plain = network.config.model_type in _PLAIN_HEADS and head is not None
    reader = network.get_decoder() if is_plain else network
    read = reader(
        input_ids=batch.tokens,
        use_cache=False,
        output_hidden_states=with_states,
    )
    logits = head(read.last_hidden_state[:, :-1][said]) if is_plain else read.logits[:, :-1][said]
    return logits, read.hidden_states or ()
