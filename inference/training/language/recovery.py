"""What was taken from a network, and how far it gets over that by training."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedModel

from inference.training.distil.telling import TaughtBy, Weights
from inference.training.language.adapters import adapt, merged
from inference.training.language.dialogues import read_data
from inference.training.language.examples import Example, encode
from inference.training.language.loop import Settings, Trained, train
from inference.training.language.machine import Machine
from inference.training.language.measured import before_and_after
from inference.training.language.networks import (
    in_stored_dtype,
    read_network,
    read_tokenizer,
    stored_dtype,
    write_network,
)
from inference.training.language.objective import Objective, answer_loss
from inference.training.language.origin import origin_of
from inference.training.language.perplexity import perplexity_of
from inference.training.language.program import Asked
from inference.training.output import Tell

RANK = 16
# The original's answers and the real ones count alike, as in DistilBERT (Sanh et al. 2019).
TELLING = Weights(temperature=2.0, alpha=0.5, hidden=0.0)

# Takes something from a network, measured on examples, and returns what is said of it in the result.
Reduce = Callable[[PreTrainedModel, list[Example], Tell], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Recovery:
    """A base, the dialogues from which it recovers, and those on which it is measured."""

    asked: Asked
    tell: Tell
    examples: list[Example] = field(init=False)
    test: list[Example] = field(init=False)

    def __post_init__(self) -> None:
        """Raises BadDialogues and BadNetwork."""
        data, tokenizer = read_data(self.asked.data), read_tokenizer(self.asked.base)
        longest = self.asked.values["longest"]
        object.__setattr__(self, "examples", encode(data.train, tokenizer, longest))
        object.__setattr__(self, "test", encode(data.test, tokenizer, longest))

    def run(self, network: PreTrainedModel, reduce: Reduce, folder: Path) -> dict[str, Any]:
        """Reduce `network`, let it recover, write it into `folder` and return its figures.

        `perplexity_before` is that of the whole network, `perplexity_reduced` before and `perplexity_after`
        behind recovery, all on the test dialogues. Raises what Refusal covers.
        """
        values = self.asked.values
        parameters = _parameters(network)
        figures = {"perplexity_before": self._perplexity(network)}
        teacher = _teacher(network, values["precision"]) if values["teacher"] and values["epochs"] else None
        said = reduce(network, self.examples, self.tell)
        figures["perplexity_reduced"] = self._perplexity(network)
        self.tell(
            {
                "text": f"The perplexity went from {figures['perplexity_before']:.2f} to "
                f"{figures['perplexity_reduced']:.2f}; now it recovers."
            }
        )
        network, trained = self._recovered(network, teacher)
        figures["perplexity_after"] = self._perplexity(network)
        figures["perplexity_ratio"] = round(figures["perplexity_after"] / figures["perplexity_before"], 4)
        network = in_stored_dtype(network, stored_dtype(self.asked.base))
        size = write_network(network, read_tokenizer(self.asked.base), folder)
        return {
            **figures,
            **said,
            "parameters_before": parameters,
            "parameters": _parameters(network),
            "bytes": size,
            **(before_and_after(self.asked.base, folder, self.tell) if values["measure"] else {}),
            "steps": trained.steps if trained else 0,
            "tokens": trained.tokens if trained else 0,
            "test_tokens": sum(example.answer_tokens for example in self.test),
            "seed": self.asked.seed,
        }

    def _recovered(
        self, network: PreTrainedModel, teacher: PreTrainedModel | None
    ) -> tuple[PreTrainedModel, Trained | None]:
        values = self.asked.values
        if not values["epochs"]:
            return network, None
        with_adapters = values.get("method") == "lora"
        learner = adapt(network, RANK, 0.0, self.asked.seed) if with_adapters else network
        objective: Objective = answer_loss
        belongs_to = ""
        if teacher is not None:
            objective = TaughtBy(teacher, (), TELLING)
            belongs_to = f"{origin_of(teacher, [], {})['weights']} {TELLING}"
        settings = Settings(
            epochs=values["epochs"],
            tokens_at_once=values["tokens_at_once"],
            learning_rate=values["learning_rate"],
            checkpoint_every=values["checkpoint_every"],
            precision=values["precision"],
            seed=self.asked.seed,
        )
        trained = train(
            learner,
            self.examples,
            objective,
            settings,
            tell=self.tell,
            checkpoints=self.asked.checkpoints,
            belongs_to=belongs_to,
        )
        return merged(learner) if with_adapters else network, trained

    def _perplexity(self, network: PreTrainedModel) -> float:
        return round(perplexity_of(network, self.test).value, 4)


def read_base(asked: Asked) -> PreTrainedModel:
    """Return the network that is to be made smaller; raises BadNetwork."""
    return read_network(asked.base)


def _teacher(network: PreTrainedModel, precision: Any) -> PreTrainedModel:
    """A copy in the number format of the products, so that it is not turned into it at every step."""
    is_bf16 = Machine(precision).precision == "bf16"
    return copy.deepcopy(network).to(torch.bfloat16 if is_bf16 else torch.float32)


def _parameters(network: PreTrainedModel) -> int:
    """How many numbers there are, those that layers share once."""
    return sum(weight.numel() for weight in network.parameters())
