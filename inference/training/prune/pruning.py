"""Take the least important parts out of a network and let it recover."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from transformers import PreTrainedModel

from inference.engine.kept_layers import keep_layers, layers_in
from inference.training.language.examples import Example
from inference.training.language.program import Asked
from inference.training.language.recovery import Recovery
from inference.training.language.sample import sample_of
from inference.training.language.separate_layers import read_separate
from inference.training.output import Tell
from inference.training.prune.heads import remove_heads
from inference.training.prune.layers import least_by_influence, least_by_loss
from inference.training.prune.weights import remove_weights
from inference.training.refusal import BadSetting


def prune(asked: Asked, folder: Path, tell: Tell) -> dict[str, Any]:
    """Write the pruned, recovered model into `folder`; return its figures. Raises what Refusal covers."""
    values = asked.values
    if values["what"] == "weights" and values["method"] == "lora":
        raise BadSetting("Adapters would fill weights that were taken out: use --method full for weights.")
    network = read_separate(asked.base)

    def reduce(network: PreTrainedModel, examples: list[Example], tell: Tell) -> dict[str, Any]:
        sample = sample_of(examples, values["sample_tokens"], asked.seed)
        if values["what"] == "layers":
            return _without_layers(network, sample, values, tell)
        if values["what"] == "heads":
            return remove_heads(network, sample, values["share"], tell)
        return remove_weights(network, values["share"], tell)

    return Recovery(asked, tell).run(network, reduce, folder)


def _without_layers(
    network: PreTrainedModel, sample: Sequence[Example], values: dict[str, Any], tell: Tell
) -> dict[str, Any]:
    count = len(layers_in(network))
    removed = max(1, round(count * values["share"]))
    if removed >= count:
        raise BadSetting(f"Of {count} layers {removed} cannot be taken out: name a smaller --share.")
    choose = least_by_loss if values["importance"] == "loss" else least_by_influence
    chosen = choose(network, sample, removed, tell)
    keep_layers(network, [layer for layer in range(count) if layer not in chosen])
    tell({"text": f"Without the layers {', '.join(map(str, sorted(chosen)))} of {count}, counted from 0."})
    return {"removed_layers": sorted(chosen), "layers_before": count, "layers": count - removed}
