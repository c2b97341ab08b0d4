"""The figures that the result of a training tells."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from transformers import PreTrainedModel

from inference.training.language.examples import Example
from inference.training.language.loop import Trained
from inference.training.language.machine import Machine
from inference.training.language.perplexity import Perplexity, nats_by_example
from inference.training.membership import Surprise, attack

_POINTS = 200
# Of what was learnt, so many dialogues and no fewer than are unseen are measured too.
_MEMBERS = 100


@dataclass(frozen=True, slots=True)
class Surprises:
    """How a network takes each dialogue that it did not learn from, and some that it did: nats and tokens."""

    unseen: list[Surprise]
    members: list[Surprise]

    @property
    def perplexity(self) -> float:
        """On the unseen dialogues."""
        return _perplexity(self.unseen)


class Measuring:
    """The dialogues on which a network is measured before and after training, always the same ones.

    Products are in the number format of training: of bfloat16 they take half as long, and perplexity changes
    by about a thousandth.
    """

    def __init__(
        self, learnt: Sequence[Example], unseen: Sequence[Example], machine: Machine, seed: int
    ) -> None:
        count = min(len(learnt), max(_MEMBERS, len(unseen)))
        self._members = random.Random(f"members {seed}").sample(list(learnt), count)
        self._unseen = unseen
        self._machine = machine

    def measure(self, network: PreTrainedModel) -> Surprises:
        """How the network takes them now."""
        network.to(self._machine.device)
        with self._machine.autocast():
            return Surprises(nats_by_example(network, self._unseen), nats_by_example(network, self._members))


def change_figures(before: Surprises, after: Surprises) -> dict[str, Any]:
    """What training changed: perplexity on unseen dialogues, and what attacks on its memory reach."""
    found = attack(after.members, after.unseen, before.members, before.unseen)
    return {
        "perplexity_before": before.perplexity,
        "perplexity_after": after.perplexity,
        "perplexity_after_on_learnt": _perplexity(after.members),
        "membership_auc_before": found.before.auc,
        "membership_auc_after": found.loss.auc,
        "membership": found.figures(),
    }


def training_figures(trained: Trained) -> dict[str, Any]:
    """What a loop came to: its steps, speed and losses, thinned out so that a page can draw them."""
    every = max(1, -(-len(trained.losses) // _POINTS))
    points = [*trained.losses[:-1:every], *trained.losses[-1:]]
    return {
        "steps": trained.steps,
        "resumed_at": trained.resumed_at,
        "tokens": trained.tokens,
        "answer_tokens": trained.answer_tokens,
        "training_seconds": round(trained.seconds, 1),
        "tokens_per_second": round(trained.tokens / max(trained.seconds, 1e-9), 1),
        "processes": trained.processes,
        "precision": trained.precision,
        "losses": [[step, round(loss, 5)] for step, loss in points],
    }


def _perplexity(surprises: Sequence[Surprise]) -> float:
    return Perplexity(
        sum(nats for nats, _tokens in surprises), sum(tokens for _nats, tokens in surprises)
    ).value
