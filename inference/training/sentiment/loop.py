"""The training loop of a head."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from inference.engine.loader import multiplies_bfloat16
from inference.engine.mapped_embedding import in_dtype
from inference.engine.sentiment_facts import LABELS, HeadError, HeadFacts
from inference.engine.sentiment_head import Head
from inference.engine.sentiment_network import SentimentNetwork, batches_by_length, keep, load_base
from inference.training.language.checkpoints import Checkpoints
from inference.training.language.optimizer_state import restore_optimizer, tensors_of
from inference.training.output import Tell
from inference.training.sentiment.adapters import AdaptedProduct, adapt, take_updates
from inference.training.sentiment.augmentation import varied
from inference.training.sentiment.batches import Batch, shuffled_batches
from inference.training.sentiment.calibration import cross_entropy
from inference.training.sentiment.examples import Example

_TELL_SECONDS = 2.0
_WARM_UP = 0.06


@dataclass(frozen=True, slots=True)
class Settings:
    """How a head is trained. `keep` pulls what is learned back to where it started, as weight decay does."""

    epochs: int = 3
    batch_size: int = 32
    learning_rate: float = 6e-4
    rank: int = 8
    frozen_layers: int = 0
    dropout: float = 0.1
    keep: float = 0.0
    max_tokens: int = 128
    augment: bool = True
    seed: int = 1


class Training:
    """A network with adapters that learn; deterministic for the same data, settings, seed and threads."""

    def __init__(self, base_folder: Path, facts: HeadFacts, settings: Settings, start: Head | None) -> None:
        torch.manual_seed(settings.seed)
        self.settings = settings
        encoder, tokenizer = load_base(base_folder)
        keep(encoder, facts)
        encoder.set_attn_implementation("eager")
        dtype = torch.bfloat16 if multiplies_bfloat16() else torch.float32
        self.network = SentimentNetwork(
            facts, in_dtype(encoder, dtype), tokenizer, nn.Linear(encoder.config.hidden_size, len(LABELS))
        )
        self.adapters: dict[str, AdaptedProduct] = adapt(
            encoder, settings.rank, settings.dropout, settings.frozen_layers
        )
        if start is not None:
            self._go_on_from(start)
        self._chance = random.Random(settings.seed)

    def _go_on_from(self, start: Head) -> None:
        try:
            take_updates(self.adapters, start)
            self.network.classifier.load_state_dict({"weight": start.classifier, "bias": start.bias})
        except (KeyError, RuntimeError) as error:
            raise HeadError("The head to start from belongs to another encoder.") from error

    def learn(
        self, examples: Sequence[Example], tell: Tell, checkpoints: Checkpoints | None = None, every: int = 50
    ) -> None:
        """Learn from the examples, epoch after epoch; `tell` is given each step's loss and what is left.

        With `checkpoints`, which are of this very training, it goes on from the newest and saves after
        `every` so many steps and at the end. Where nothing is dropped out by chance, it comes to the same as
        if it had never ended. Raises BadCheckpoint and NoRoom.
        """
        settings = self.settings
        named = self._named()
        parameters = list(named.values())
        starts = [parameter.detach().clone() for parameter in parameters]
        optimizer = torch.optim.AdamW(parameters, lr=settings.learning_rate, weight_decay=0.0)
        steps = settings.epochs * -(-len(examples) // settings.batch_size)
        done = _go_on(checkpoints, named, optimizer)
        began = told = time.monotonic()
        step = 0
        losses: list[float] = []
        for epoch in range(1, settings.epochs + 1):
            for adapter in self.adapters.values():
                adapter.train()
            for batch in self._batches(examples):
                step += 1
                if step <= done:
                    continue
                _take_rate(optimizer, settings.learning_rate * _rate(step - 1, steps))
                loss = self.loss(batch)
                optimizer.zero_grad(set_to_none=True)
                loss.backward()
                nn.utils.clip_grad_norm_(parameters, 1.0)
                optimizer.step()
                self._pull_back(parameters, starts, settings.learning_rate * _rate(step, steps))
                losses.append(loss.item())
                if checkpoints is not None and (step % every == 0 or step == steps):
                    checkpoints.save(step, tensors_of(named, optimizer), {})
                now = time.monotonic()
                if now - told >= _TELL_SECONDS or step == steps:
                    told = now
                    left = (now - began) / (step - done) * (steps - step)
                    tell(
                        {
                            "step": step,
                            "of": steps,
                            "loss": round(_mean(losses), 4),
                            "seconds_left": round(left),
                        }
                    )
                    losses.clear()
            tell({"epoch": epoch, "of": settings.epochs})

    def _named(self) -> dict[str, nn.Parameter]:
        """What learns, by the name that a checkpoint has for it."""
        named = {
            f"{name}.{part}": factor
            for name, adapter in self.adapters.items()
            for part, factor in (("up", adapter.up), ("down", adapter.down))
        }
        classifier = self.network.classifier.named_parameters()
        return {**named, **{f"classifier.{name}": parameter for name, parameter in classifier}}

    def _batches(self, examples: Sequence[Example]) -> Any:
        chance = self._chance
        if self.settings.augment:
            examples = [replace(example, text=varied(example, chance)) for example in examples]
        tokens = self.network.tokenize([example.text for example in examples])
        return shuffled_batches(examples, tokens, self.settings.batch_size, chance)

    def loss(self, batch: Batch) -> torch.Tensor:
        """What is made small: one number for a batch."""
        tokens, mask = self.network.pad(batch.tokens)
        logits = self.network.logits(self.network.vectors(tokens), mask)
        losses = cross_entropy(logits, batch.targets, batch.known)
        return (losses * batch.weights).sum() / batch.weights.sum()

    @torch.no_grad()
    def _pull_back(
        self, parameters: Sequence[nn.Parameter], starts: Sequence[torch.Tensor], rate: float
    ) -> None:
        if self.settings.keep:
            for parameter, start in zip(parameters, starts, strict=True):
                parameter.lerp_(start, min(1.0, rate * self.settings.keep))

    @torch.inference_mode()
    def logits(self, texts: Sequence[str]) -> torch.Tensor:
        """Logits [texts, 3] at temperature 1, of what is learned so far."""
        for adapter in self.adapters.values():
            adapter.eval()
        tokens = self.network.tokenize(texts)
        found = torch.zeros(len(texts), len(LABELS))
        for some in batches_by_length([len(one) for one in tokens]):
            padded, mask = self.network.pad([tokens[index] for index in some])
            found[some] = self.network.logits(self.network.vectors(padded), mask)
        return found

    def head(self, facts: HeadFacts) -> Head:
        """What is learned so far, as a head with these facts."""
        updates = {
            name: (adapter.up.detach().clone(), adapter.down.detach().clone())
            for name, adapter in self.adapters.items()
        }
        classifier = self.network.classifier
        return Head(facts, updates, classifier.weight.detach().clone(), classifier.bias.detach().clone())


def _rate(step: int, steps: int) -> float:
    """A rise over the first steps, then a straight fall to nothing."""
    rising = max(1, round(steps * _WARM_UP))
    return (step + 1) / rising if step < rising else max(0.0, (steps - step) / max(1, steps - rising))


def _take_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = rate


def _go_on(
    checkpoints: Checkpoints | None, named: dict[str, nn.Parameter], optimizer: torch.optim.Optimizer
) -> int:
    """Take over the newest checkpoint; return how many steps are done."""
    newest = checkpoints.newest() if checkpoints is not None else None
    if newest is None:
        return 0
    restore_optimizer(newest.tensors, named, optimizer)
    return newest.step


def _mean(values: Sequence[float]) -> float:
    return sum(values) / max(1, len(values))
