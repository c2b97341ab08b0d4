"""A sentiment head: a small folder that makes a classifier of an encoder it names.

The folder holds `head.json`, what is known about the head, and `weights.safetensors`: for each product of the
encoder that the head changes a low-rank update (Hu et al. 2021, https://arxiv.org/abs/2106.09685), and the
classifier over the mean of the last layer.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from inference.engine.sentiment_facts import FACTS, HeadError, HeadFacts, read_facts

WEIGHTS = "weights.safetensors"


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
    unfit = [name for name, (up, down) in updates.items() if not _makes_a_product(up, down)]
    if unfit or classifier.dim() != 2 or bias.shape != classifier.shape[:1]:
        raise HeadError(f"The weights in {folder} do not fit each other: {min(unfit, default='classifier')}.")
    return Head(facts, updates, classifier, bias)


def _makes_a_product(up: torch.Tensor, down: torch.Tensor) -> bool:
    return up.dim() == down.dim() == 2 and up.shape[1] == down.shape[0]
