"""What a teacher tells a student while it reads the same dialogues."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from transformers import PreTrainedModel

from inference.training.distil.losses import HiddenLoss, hidden_distance, softened_divergence
from inference.training.language.batches import Batch
from inference.training.language.objective import answer_targets, answers_and_states


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each part of the loss counts; `alpha` is the teacher's, the real answers have 1 - alpha."""

    temperature: float = 2.0
    alpha: float = 0.5
    hidden: float = 2.0
    hidden_loss: HiddenLoss = "cosine"


class TaughtBy:
    """An objective: the student says the answers, and says and thinks of them what its teacher does.

    It is alpha * KL at a temperature, times its square + (1 - alpha) * cross-entropy, both means over answer
    tokens, + hidden * the distance of hidden states, a mean over all tokens and the student's layers.
    `states` are the numbers of the teacher's hidden states for the student's layers, in their order.
    """

    def __init__(self, teacher: PreTrainedModel, states: Sequence[int], weights: Weights) -> None:
        self._teacher = teacher.eval().requires_grad_(False)
        self._states = tuple(states)
        self._weights = weights

    def __call__(self, network: PreTrainedModel, batch: Batch) -> torch.Tensor:
        """The loss of `network`, the student, on a batch: a scalar."""
        weights = self._weights
        with torch.no_grad():
            self._teacher.to(network.device)
            wanted, shown = answers_and_states(self._teacher, batch, bool(weights.hidden))
        said, thought = answers_and_states(network, batch, bool(weights.hidden))
        loss = weights.alpha * softened_divergence(said, wanted, weights.temperature)
        if weights.alpha < 1:
            told = torch.nn.functional.cross_entropy(said.float(), answer_targets(batch))
            loss = loss + (1 - weights.alpha) * told
        if weights.hidden:
            read = batch.mask.bool()
            own = [state[read] for state in thought[1:]]
            other = [shown[number][read] for number in self._states]
            loss = loss + weights.hidden * hidden_distance(own, other, weights.hidden_loss)
        return loss
