"""Fine-tuning, from a model folder and dialogues to a model folder and its figures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from peft import PeftModel
from transformers import PreTrainedModel

from inference.training.finetune.options import LEARNING_RATES
from inference.training.language.adapters import adapt, merged, write_adapters
from inference.training.language.dialogues import read_data
from inference.training.language.examples import Example, encode
from inference.training.language.figures import perplexity_from, training_figures
from inference.training.language.loop import Settings, Trained, train
from inference.training.language.machine import Machine
from inference.training.language.networks import (
    in_stored_dtype,
    read_network,
    read_tokenizer,
    stored_dtype,
    write_network,
)
from inference.training.language.objective import answer_loss
from inference.training.language.perplexity import nats_by_example
from inference.training.language.program import Asked
from inference.training.membership import attack
from inference.training.output import Tell

ADAPTERS = "adapters"


def finetune(asked: Asked, folder: Path, tell: Tell) -> dict[str, Any]:
    """Let the model in `asked.base` learn the answers of `asked.data`; write it into `folder`.

    Returns perplexity on the test dialogues before and after, of what is written, what an attack on its
    memory reaches, its size, and how training went. Raises Refusal.
    """
    values = asked.values
    tokenizer = read_tokenizer(asked.base)
    data = read_data(asked.data)
    learnt = encode(data.train, tokenizer, values["longest"])
    unseen = encode(data.test, tokenizer, values["longest"])
    network = read_network(asked.base)
    network.to(Machine(values["precision"]).device)
    tell({"text": f"{len(learnt)} dialogues to learn from, {len(unseen)} to measure on."})
    before = [nats_by_example(network, some) for some in (unseen, learnt)]
    adapted, trained = tune(network, learnt, values, asked.seed, tell=tell, checkpoints=asked.checkpoints)
    if adapted is not None:
        if values["keep_adapters"]:
            write_adapters(adapted, folder / ADAPTERS)
        network = merged(adapted)
    network = in_stored_dtype(network, stored_dtype(asked.base))
    size = write_network(network, tokenizer, folder)
    # What is measured is what was written, in the number format that processors compute best in.
    network.float()
    after = [nats_by_example(network, some) for some in (unseen, learnt)]
    return {
        "perplexity_before": perplexity_from(before[0]).value,
        "perplexity_after": perplexity_from(after[0]).value,
        "perplexity_after_on_learnt": perplexity_from(after[1]).value,
        "membership": attack(after[1], after[0], before[1], before[0]).figures(),
        "parameters": network.num_parameters(),
        "bytes": size,
        "method": values["method"],
        "dialogues": len(learnt),
        **training_figures(trained),
    }


def tune(
    network: PreTrainedModel,
    learnt: list[Example],
    values: Mapping[str, Any],
    seed: int,
    *,
    tell: Tell,
    checkpoints: Path | None = None,
) -> tuple[PeftModel | None, Trained]:
    """Train `network`, or adapters that are put into it, as the options of fine-tuning say by `values`."""
    adapted = adapt(network, values["rank"], values["dropout"], seed) if values["method"] == "lora" else None
    settings = Settings(
        epochs=values["epochs"],
        tokens_at_once=values["tokens_at_once"],
        accumulate=values["accumulate"],
        learning_rate=values["learning_rate"] or LEARNING_RATES[values["method"]],
        weight_decay=values["weight_decay"],
        seed=seed,
        checkpoint_every=values["checkpoint_every"],
        precision=values["precision"],
    )
    trained = train(network, learnt, answer_loss, settings, tell=tell, checkpoints=checkpoints)
    return adapted, trained
