"""Differentially private gradient descent on adapters, by opacus."""

from __future__ import annotations

import math
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from opacus import GradSampleModule
from opacus.optimizers import DPOptimizer
from torch import nn
from transformers import PreTrainedModel

from inference.training.language.batches import NOT_LEARNT, Batch, batch_of, rows_by_length
from inference.training.language.checkpoints import Checkpoints
from inference.training.language.examples import Example
from inference.training.language.loop import Diverged, Trained, rate_at
from inference.training.language.machine import Machine, Precision
from inference.training.language.objective import answer_logits, answer_targets
from inference.training.language.optimizer_state import restore_optimizer, tensors_of
from inference.training.language.origin import origin_of
from inference.training.language.progress import Progress
from inference.training.output import Tell
from inference.training.private.budget import Budget, Ledger

_WARMUP = 0.1


@dataclass(frozen=True, slots=True)
class Settings:
    """How a network is trained in private; what `Budget` says comes with it."""

    learning_rate: float
    clip: float
    tokens_at_once: int
    seed: int
    checkpoint_every: int
    precision: Precision


def train_privately(
    network: PreTrainedModel,
    examples: Sequence[Example],
    budget: Budget,
    settings: Settings,
    *,
    tell: Tell,
    checkpoints: Path | None = None,
) -> tuple[Trained, Ledger]:
    """Let the parameters that want gradients learn the answers within `budget`; return what was spent too.

    DP-SGD is Abadi et al. 2016, https://arxiv.org/abs/1607.00133, with Adam as in Li et al. 2022,
    https://arxiv.org/abs/2110.05679: each dialogue is in a step by its own chance (Poisson sampling), its
    gradient is shortened to `clip`, and noise is added to the sum. Chance and noise come from the operating
    system's entropy, not from the seed, and no two runs are alike: whoever could draw the noise again could
    take it off. It is torch's noise, which is not hardened against attacks on the rounding of floats
    (Mironov 2012, https://doi.org/10.1145/2382196.2382264).

    With `checkpoints` it goes on from the newest one, with what was spent. One process alone trains.
    Raises BadCheckpoint, NoRoom and Diverged.
    """
    machine = Machine(settings.precision)
    network.to(machine.device).train()
    learnt = {name: each for name, each in network.named_parameters() if each.requires_grad}
    told = {**asdict(settings), **asdict(budget)}
    told.pop("checkpoint_every")
    kept = Checkpoints(checkpoints, origin_of(network, examples, told), tell) if checkpoints else None
    watched = GradSampleModule(network, loss_reduction="sum")
    noise = torch.Generator(machine.device).manual_seed(secrets.randbits(63))
    optimizer = DPOptimizer(
        torch.optim.Adam(learnt.values(), settings.learning_rate),
        noise_multiplier=budget.noise,
        max_grad_norm=settings.clip,
        expected_batch_size=max(1, round(budget.sample_rate * len(examples))),
        generator=noise,
    )
    progress = Progress(budget.steps, tell)
    ledger = Ledger(budget)
    first = 0
    if kept is not None and (newest := kept.newest()) is not None:
        restore_optimizer(newest.tensors, learnt, optimizer.original_optimizer)
        progress.go_on(newest.step, newest.facts)
        ledger = Ledger(budget, newest.facts["spent"])
        first = newest.step
    chance = torch.Generator().manual_seed(secrets.randbits(63))
    for step in range(first, budget.steps):
        for group in optimizer.param_groups:
            group["lr"] = settings.learning_rate * rate_at(step, budget.steps, _WARMUP)
        drawn = torch.rand(len(examples), generator=chance) < budget.sample_rate
        chosen = drawn.nonzero().flatten().tolist()
        loss = _step(network, [examples[index] for index in chosen], optimizer, machine, settings)
        ledger.step()
        if not math.isfinite(loss):
            raise Diverged(f"The loss at step {step + 1} is no number: take a lower learning rate.")
        progress.stepped(loss, sum(len(examples[index].tokens) for index in chosen))
        if kept is not None and ((step + 1) % settings.checkpoint_every == 0 or step + 1 == budget.steps):
            facts = {**progress.facts(), "spent": ledger.history()}
            kept.save(step + 1, tensors_of(learnt, optimizer.original_optimizer), facts)
    watched.remove_hooks()
    trained = Trained(
        steps=budget.steps,
        seconds=progress.seconds,
        tokens=progress.tokens,
        answer_tokens=sum(example.answer_tokens for example in examples),
        resumed_at=first,
        processes=1,
        precision=machine.precision,
        losses=progress.losses,
    )
    return trained, ledger


def _step(
    network: PreTrainedModel,
    examples: Sequence[Example],
    optimizer: DPOptimizer,
    machine: Machine,
    settings: Settings,
) -> float:
    """One noisy step; returns the mean loss of the dialogues in it, 0 when chance chose none."""
    lengths = [len(example.tokens) for example in examples]
    parts = rows_by_length(range(len(examples)), lengths, settings.tokens_at_once)
    total = 0.0
    for rows in parts:
        batch = batch_of([examples[row] for row in rows]).to(machine.device)
        with machine.autocast():
            losses = dialogue_losses(network, batch)
        losses.sum().backward()
        total += float(losses.detach().sum())
        for parameter in optimizer.params:
            # The length of a gradient must be known exactly for the bound on it to hold.
            parameter.grad_sample = parameter.grad_sample.float()
        optimizer.signal_skip_step(do_skip=rows is not parts[-1])
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    if not parts:
        # A step that reads nobody adds its noise all the same.
        for parameter in optimizer.params:
            parameter.grad_sample = parameter.new_zeros((0, *parameter.shape))
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    return total / max(1, len(examples))


def dialogue_losses(network: PreTrainedModel, batch: Batch) -> torch.Tensor:
    """The mean surprise of each dialogue's answer tokens, in nats: (rows,)."""
    nats = nn.functional.cross_entropy(
        answer_logits(network, batch).float(), answer_targets(batch), reduction="none"
    )
    counts = (batch.labels[:, 1:] != NOT_LEARNT).sum(dim=1)
    rows = torch.repeat_interleave(torch.arange(len(counts), device=nats.device), counts)
    return torch.zeros(len(counts), device=nats.device).index_add(0, rows, nats) / counts
