"""A sentiment head: a small folder that makes a classifier of an encoder it names.

The folder holds `head.json`, what is known about the head, and `weights.safetensors`: for each product of the
encoder that the head changes a low-rank update (Hu et al. 2021, https://arxiv.org/abs/2106.09685), and the
classifier over the mean of the last layer.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

FORMAT = 1
FACTS = "head.json"
WEIGHTS = "weights.safetensors"
LABELS = ("negative", "neutral", "positive")
UNSURE = "unsure"


class HeadError(ValueError):
    """The folder holds no head that can be used; the message says why."""


@dataclass(frozen=True, slots=True)
class HeadFacts:
    """What `head.json` says.

    Logits are divided by `temperature` before the softmax; below a highest probability of `unsure_below` the
    label is “unsure”. `data` names what the head was trained on: name, source, licence, sha256, rows.
    """

    name: str
    base: str
    base_sha256: str
    max_tokens: int
    languages: tuple[str, ...]
    temperature: float
    unsure_below: float
    rank: int
    frozen_layers: int
    seed: int
    licence: str = ""
    data: tuple[dict[str, Any], ...] = ()
    metrics: dict[str, Any] = field(default_factory=dict)
    labels: tuple[str, ...] = LABELS
    format: int = FORMAT

    def __post_init__(self) -> None:
        if self.format != FORMAT:
            raise HeadError(f"This head has format {self.format}, and this program reads format {FORMAT}.")
        if self.labels != LABELS:
            raise HeadError(f"A sentiment head has the labels {', '.join(LABELS)}, in this order.")
        if not self.temperature > 0 or not 0 <= self.unsure_below <= 1 or self.max_tokens < 1:
            raise HeadError("The temperature, the confidence or the length of texts in head.json is no good.")


@dataclass(frozen=True, slots=True)
class Head:
    """A head in memory; `updates` holds for each product's name its two factors.

    The product's weight [out, in] grows by up [out, rank] @ down [rank, in].
    """

    facts: HeadFacts
    updates: dict[str, tuple[torch.Tensor, torch.Tensor]]
    classifier: torch.Tensor
    bias: torch.Tensor

    def write(self, folder: Path) -> None:
        """Write the folder's two files, the facts last: a folder without them is no head."""
        folder.mkdir(parents=True, exist_ok=True)
        tensors = {"classifier.weight": self.classifier.float(), "classifier.bias": self.bias.float()}
        for name, (up, down) in self.updates.items():
            tensors[f"{name}.up"] = up.to(torch.float16)
            tensors[f"{name}.down"] = down.to(torch.float16)
        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, folder / WEIGHTS)
        text = json.dumps(asdict(self.facts), indent=2, ensure_ascii=False)
        (folder / FACTS).write_text(text + "\n", encoding="utf-8")


def read_facts(folder: Path) -> HeadFacts:
    """What the folder's `head.json` says. Raises HeadError."""
    try:
        values = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        sequences = {name: tuple(values[name]) for name in ("languages", "data", "labels")}
        return HeadFacts(**{**values, **sequences})
    except OSError as error:
        raise HeadError(f"{folder} is no sentiment head: it has no {FACTS}.") from error
    except HeadError:
        raise
    except (ValueError, TypeError, KeyError) as error:
        raise HeadError(f"{folder / FACTS} is broken: {error}.") from error


def read_head(folder: Path) -> Head:
    """The head in this folder, in float32. Raises HeadError."""
    facts = read_facts(folder)
    try:
        tensors = {name: tensor.float() for name, tensor in load_file(folder / WEIGHTS).items()}
    except (OSError, SafetensorError) as error:
        raise HeadError(f"The weights in {folder} cannot be read: {error}.") from error
    try:
        classifier, bias = tensors.pop("classifier.weight"), tensors.pop("classifier.bias")
        names = sorted({name.rpartition(".")[0] for name in tensors})
        updates = {name: (tensors.pop(f"{name}.up"), tensors.pop(f"{name}.down")) for name in names}
    except KeyError as error:
        raise HeadError(f"The weights in {folder} are incomplete: {error} is missing.") from error
    if tensors:
        raise HeadError(f"The weights in {folder} hold what no head has: {min(tensors)}.")
    return Head(facts, updates, classifier, bias)
