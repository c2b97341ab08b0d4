"""The training loop of language models."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import PreTrainedModel

from inference.training.language.batches import batch_of, shuffled_rows
from inference.training.language.checkpoints import Checkpoints
from inference.training.language.examples import Example
from inference.training.language.machine import Machine, Precision
from inference.training.language.objective import Objective
from inference.training.language.optimizer_state import restore_optimizer, tensors_of
from inference.training.language.origin import origin_of
from inference.training.language.progress import Progress
from inference.training.output import Tell
from inference.training.refusal import Refusal


class Diverged(Refusal):
    """The loss is no number any more."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a network is trained.

    `epochs` times the examples are read, a fraction allowed, or with `steps` as often as these need. A step
    reads `accumulate` batches of at most `tokens_at_once` tokens with the padding. The rate rises over the
    share `warmup` of the steps to `learning_rate` and falls to nothing along half a cosine (Loshchilov and
    Hutter 2017, https://arxiv.org/abs/1608.03983). Gradients longer than `clip` are shortened to it.
    """

    epochs: float = 3.0
    steps: int | None = None
    tokens_at_once: int = 2048
    accumulate: int = 1
    learning_rate: float = 1e-3
    warmup: float = 0.06
    weight_decay: float = 0.0
    clip: float = 1.0
    seed: int = 1
    checkpoint_every: int = 50
    precision: Precision = "auto"


@dataclass(slots=True)
class Trained:
    """What came of it: [step, loss] of every step, and the seconds, with those before a resumption."""

    steps: int
    seconds: float
    tokens: int
    answer_tokens: int
    resumed_at: int
    processes: int
    precision: str
    losses: list[tuple[int, float]] = field(default_factory=list)


def train(
    network: PreTrainedModel,
    examples: Sequence[Example],
    objective: Objective,
    settings: Settings,
    *,
    tell: Tell,
    checkpoints: Path | None = None,
    parameters: Iterable[nn.Parameter] | None = None,
    belongs_to: str = "",
) -> Trained:
    """Let `parameters`, or all that want gradients, learn `objective` from `examples` with AdamW.

    AdamW is Loshchilov and Hutter 2019, https://arxiv.org/abs/1711.05101. Each step's loss is the mean over
    all answer tokens of the step, however they are spread over batches and processes, so that several
    processes learn what one learns. The same data, settings and machine give the same weights.

    With `checkpoints` it goes on from the newest one there, to the same weights as if it had never ended.
    `belongs_to` names what else the objective depends on, such as a teacher: a checkpoint of another is
    refused. `tell` is given {"step", "of", "loss", "seconds_left"} every second or so. Leaves the network in
    training mode where it was trained. Raises BadCheckpoint, NoRoom and Diverged.
    """
    machine = Machine(settings.precision)
    tell = tell if machine.is_main else _silent
    network.to(machine.device).train()
    learnt = _named(network, parameters)
    optimizer = _optimizer(learnt, settings)
    steps = steps_of(examples, settings)
    kept = _kept(checkpoints, network, examples, settings, belongs_to, tell)
    progress = Progress(len(steps), tell)
    first = _go_on(kept, machine, learnt, optimizer, progress)
    for index in range(first, len(steps)):
        # The chance of a step depends on nothing that came before, so a checkpoint need not hold its state.
        torch.manual_seed(_seed(settings.seed, index, machine.rank))
        for group in optimizer.param_groups:
            group["lr"] = settings.learning_rate * rate_at(index, len(steps), settings.warmup)
        loss = _gradients(network, examples, steps[index], objective, machine, list(learnt.values()))
        if not math.isfinite(loss):
            raise Diverged(f"The loss at step {index + 1} is no number: take a lower learning rate.")
        nn.utils.clip_grad_norm_(learnt.values(), settings.clip)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        progress.stepped(loss, sum(len(examples[row].tokens) for rows in steps[index] for row in rows))
        is_due = (index + 1) % settings.checkpoint_every == 0 or index + 1 == len(steps)
        if kept is not None and machine.is_main and is_due:
            kept.save(index + 1, tensors_of(learnt, optimizer), progress.facts())
    return Trained(
        steps=len(steps),
        seconds=progress.seconds,
        tokens=progress.tokens,
        answer_tokens=sum(example.answer_tokens for example in examples),
        resumed_at=first,
        processes=machine.processes,
        precision=machine.precision,
        losses=progress.losses,
    )


def steps_of(examples: Sequence[Example], settings: Settings) -> list[list[list[int]]]:
    """What each step reads: its batches, each a list of indexes of examples."""
    lengths = [len(example.tokens) for example in examples]
    found: list[list[list[int]]] = []
    epoch = 0
    while epoch < settings.epochs if settings.steps is None else len(found) < settings.steps:
        rows = shuffled_rows(lengths, settings.tokens_at_once, settings.seed, epoch)
        some = [rows[at : at + settings.accumulate] for at in range(0, len(rows), settings.accumulate)]
        share = 1.0 if settings.steps is not None else min(1.0, settings.epochs - epoch)
        found += some[: math.ceil(len(some) * share)]
        epoch += 1
    return found[: settings.steps]


def rate_at(step: int, steps: int, warmup: float) -> float:
    """The share of the learning rate at a step, counted from 0: a straight rise, then half a cosine."""
    rising = max(1, round(steps * warmup))
    if step < rising:
        return (step + 1) / rising
    return 0.5 * (1.0 + math.cos(math.pi * (step - rising) / max(1, steps - rising)))


def _gradients(
    network: PreTrainedModel,
    examples: Sequence[Example],
    batches: Sequence[Sequence[int]],
    objective: Objective,
    machine: Machine,
    learnt: Sequence[nn.Parameter],
) -> float:
    """Leave the gradient of the step's mean loss in the parameters, on every process, and return the loss.

    Of each batch, every process reads its share of the rows.
    """
    of_step = sum(examples[row].answer_tokens for rows in batches for row in rows)
    total = torch.zeros(1, device=machine.device)
    for rows in batches:
        mine = rows[machine.rank :: machine.processes]
        if not mine:
            continue
        batch = batch_of([examples[row] for row in mine]).to(machine.device)
        with machine.autocast():
            loss = objective(network, batch)
        share = loss * (batch.answer_tokens / of_step)
        share.backward()
        total += share.detach()
    for parameter in learnt:
        if parameter.grad is None:
            parameter.grad = torch.zeros_like(parameter)
    machine.sum([total, *(parameter.grad for parameter in learnt if parameter.grad is not None)])
    return float(total)


def _named(network: PreTrainedModel, parameters: Iterable[nn.Parameter] | None) -> dict[str, nn.Parameter]:
    """The parameters that learn, by the name that a checkpoint has for them."""
    names = {id(parameter): name for name, parameter in network.named_parameters()}
    wanted = network.parameters() if parameters is None else parameters
    return {
        names.get(id(parameter), f"beside.{at}"): parameter
        for at, parameter in enumerate(wanted)
        if parameter.requires_grad
    }


def _optimizer(learnt: dict[str, nn.Parameter], settings: Settings) -> torch.optim.Optimizer:
    """Weights of products decay; biases and scales do not."""
    matrices = [parameter for parameter in learnt.values() if parameter.dim() > 1]
    others = [parameter for parameter in learnt.values() if parameter.dim() <= 1]
    groups = [
        {"params": matrices, "weight_decay": settings.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(
        [group for group in groups if group["params"]], settings.learning_rate, fused=True
    )


def _kept(
    folder: Path | None,
    network: PreTrainedModel,
    examples: Sequence[Example],
    settings: Settings,
    belongs_to: str,
    tell: Tell,
) -> Checkpoints | None:
    if folder is None:
        return None
    # How often it is saved changes nothing that is saved.
    told: dict[str, Any] = {**asdict(settings), "belongs_to": belongs_to}
    told.pop("checkpoint_every")
    return Checkpoints(folder, origin_of(network, examples, told), tell)


def _go_on(
    kept: Checkpoints | None,
    machine: Machine,
    learnt: dict[str, nn.Parameter],
    optimizer: torch.optim.Optimizer,
    progress: Progress,
) -> int:
    """Take over the newest checkpoint; return how many steps are done."""
    if kept is None:
        return 0
    newest = kept.newest()
    step = newest.step if newest else 0
    machine.agree(step)
    if newest is None:
        return 0
    restore_optimizer(newest.tensors, learnt, optimizer)
    progress.go_on(step, newest.facts)
    return step


def _seed(seed: int, step: int, rank: int) -> int:
    """Another number for each step and process; torch spreads near seeds itself."""
    return (seed * 1_000_003 + step) * 1_009 + rank


def _silent(_line: dict[str, Any]) -> None:
    """Only one of several processes tells."""
