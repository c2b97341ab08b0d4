"""Let neighbouring layers of a network share their matrices, and let it recover."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from transformers import PreTrainedModel

from inference.engine.shared_layers import PARTS, Owners, tie
from inference.training.language.examples import Example
from inference.training.language.networks import BadNetwork
from inference.training.language.program import Asked
from inference.training.language.recovery import Recovery
from inference.training.language.sample import sample_of
from inference.training.language.separate_layers import read_separate
from inference.training.output import Tell
from inference.training.refusal import BadSetting
from inference.training.share.pairs import Parts, blend, cheapest_pairs, matrices_of_pair


def share(asked: Asked, folder: Path, tell: Tell) -> dict[str, Any]:
    """Write the model with shared layers into `folder` and return its figures; raises what Refusal covers."""
    values = asked.values
    network = read_separate(asked.base)
    parts: Parts = ("attention", "mlp") if values["what"] == "layers" else (values["what"],)

    def reduce(network: PreTrainedModel, examples: list[Example], tell: Tell) -> dict[str, Any]:
        sample = sample_of(examples, values["sample_tokens"], asked.seed)
        count = _pairs_needed(network, parts, values["saving"])
        pairs = cheapest_pairs(network, sample, parts, count, values["start"], tell)
        for pair in pairs:
            blend(matrices_of_pair(network, pair, parts), values["start"])
        tie(network, _owners(len(_layers(network)), pairs, parts))
        return {"pairs": [list(pair) for pair in pairs], "shared_parts": list(parts)}

    return Recovery(asked, tell).run(network, reduce, folder)


def _layers(network: PreTrainedModel) -> Sequence[Any]:
    """The layers, each with matrices of the Llama family; raises BadNetwork."""
    layers: Any = getattr(network.get_decoder(), "layers", None)
    if layers is None or not all(
        hasattr(getattr(layer, parent, None), name)
        for layer in layers
        for parent, names in PARTS.values()
        for name in names
    ):
        raise BadNetwork(
            "Only layers of the Llama family can share matrices (Llama, Mistral, Qwen, Gemma 3)."
        )
    return layers


def _pairs_needed(network: PreTrainedModel, parts: Parts, saving: float) -> int:
    """How many pairs save that share of all parameters; raises BadSetting where there are not so many."""
    layers = _layers(network)
    total = sum(weight.numel() for weight in network.parameters())
    of_pair = sum(first.weight.numel() for first, _second in matrices_of_pair(network, (0, 1), parts))
    needed = math.ceil(saving * total / of_pair)
    if needed > len(layers) // 2:
        most = len(layers) // 2 * of_pair / total
        raise BadSetting(
            f"Pairs of {len(layers)} layers that share so save {most:.0%} at most: "
            "name a smaller --saving, or let them share more."
        )
    return max(1, needed)


def _owners(count: int, pairs: Iterable[tuple[int, int]], parts: Parts) -> Owners:
    owners = list(range(count))
    for first, second in pairs:
        owners[second] = first
    return {part: list(owners) if part in parts else list(range(count)) for part in PARTS}
