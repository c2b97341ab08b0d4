"""Private fine-tuning, from a model folder and dialogues to a model folder and its figures."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from inference.training.finetune.options import OPTIONS as PUBLIC_OPTIONS
from inference.training.finetune.tuning import tune
from inference.training.language.adapters import adapt, merged
from inference.training.language.dialogues import read_data
from inference.training.language.examples import Example, encode
from inference.training.language.figures import perplexity_from, training_figures
from inference.training.language.machine import Machine
from inference.training.language.networks import (
    in_stored_dtype,
    read_network,
    read_tokenizer,
    stored_dtype,
    write_network,
)
from inference.training.language.perplexity import nats_by_example
from inference.training.language.program import Asked
from inference.training.membership import Surprise, attack
from inference.training.output import Tell
from inference.training.private.budget import STATEMENT, UNIT, planned
from inference.training.private.loop import Settings, train_privately
from inference.training.refusal import BadSetting


def finetune_privately(asked: Asked, folder: Path, tell: Tell) -> dict[str, Any]:
    """Let the model in `asked.base` learn the answers of `asked.data` within a budget, into `folder`.

    Returns the budget and what was spent, perplexity on the test dialogues before and after, and what attacks
    on the memory of the model reach; with "compare" also on one that is trained without privacy and thrown
    away. Raises Refusal.
    """
    values = asked.values
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise BadSetting("Private fine-tuning runs in one process: start it without accelerate.")
    tokenizer = read_tokenizer(asked.base)
    data = read_data(asked.data)
    learnt = encode(data.train, tokenizer, values["longest"])
    unseen = encode(data.test, tokenizer, values["longest"])
    budget = planned(
        values["epsilon"], values["delta"], len(learnt), values["dialogues_at_once"], values["epochs"]
    )
    tell({"text": f"Noise of {budget.noise:.3f} keeps to epsilon {budget.epsilon:g} at {budget.delta:.2g}."})
    network = read_network(asked.base)
    network.to(Machine(values["precision"]).device)
    before = [nats_by_example(network, some) for some in (unseen, learnt)]
    adapted = adapt(network, values["rank"], 0.0, asked.seed, second_only=True)
    settings = Settings(
        learning_rate=values["learning_rate"],
        clip=values["clip"],
        tokens_at_once=values["tokens_at_once"],
        seed=asked.seed,
        checkpoint_every=values["checkpoint_every"],
        precision=values["precision"],
    )
    trained, ledger = train_privately(
        network, learnt, budget, settings, tell=tell, checkpoints=asked.checkpoints
    )
    network = in_stored_dtype(merged(adapted), stored_dtype(asked.base))
    size = write_network(network, tokenizer, folder)
    # What is measured is what was written, in the number format that processors compute best in.
    network.float()
    after = [nats_by_example(network, some) for some in (unseen, learnt)]
    result = {
        "perplexity_before": perplexity_from(before[0]).value,
        "perplexity_after": perplexity_from(after[0]).value,
        "membership": attack(after[1], after[0], before[1], before[0]).figures(),
        "epsilon": budget.epsilon,
        "delta": budget.delta,
        "epsilon_spent": round(ledger.epsilon(), 4),
        "steps_spent": ledger.steps,
        "noise": round(budget.noise, 4),
        "sample_rate": round(budget.sample_rate, 6),
        "clip": values["clip"],
        "unit": UNIT,
        "statement": STATEMENT,
        "parameters": network.num_parameters(),
        "bytes": size,
        "dialogues": len(learnt),
        **training_figures(trained),
    }
    del network, adapted
    if values["compare"]:
        tell({"text": "Now without privacy, to compare; this model is thrown away."})
        result["without_privacy"] = _without_privacy(asked, learnt, unseen, before)
    return result


def _without_privacy(
    asked: Asked, learnt: Sequence[Example], unseen: Sequence[Example], before: Sequence[Sequence[Surprise]]
) -> dict[str, Any]:
    """Perplexity and the attacks, of the same base and dialogues as fine-tuning trains them by itself."""
    values = {option.name: option.default for option in PUBLIC_OPTIONS}
    values |= {name: asked.values[name] for name in ("tokens_at_once", "precision")}
    network = read_network(asked.base)
    adapted, _trained = tune(network, list(learnt), values, asked.seed, tell=_unheard)
    if adapted is not None:
        network = merged(adapted)
    after = [nats_by_example(network, some) for some in (unseen, learnt)]
    return {
        "perplexity_after": perplexity_from(after[0]).value,
        "membership": attack(after[1], after[0], before[1], before[0]).figures(),
    }


def _unheard(_line: dict[str, Any]) -> None:
    """The steps of the comparison are not those of the training that was asked for."""
