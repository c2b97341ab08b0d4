"""Tiny models as they are stored when they are packed, or when their layers share."""

import shutil
from pathlib import Path

import torch
from transformers import PreTrainedModel

from inference.engine.native.modules import matrices_of
from inference.engine.native.packed_file import biases_of, write_packed
from inference.engine.native.packing import Precision, pack
from inference.engine.shared_layers import tie
from inference.engine.stored_networks import read_stored_network, write_configuration, write_stored_network
from tests.inference.engine.tiny import write_model

# Of three layers: the second uses the attention of the first, the third what follows it in the second.
OWNERS = {"attention": [0, 0, 2], "mlp": [0, 1, 1]}
TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja")


def write_shared_model(folder: Path, architecture: str = "llama", *, context_length: int = 256) -> Path:
    """A model whose layers share as OWNERS says."""
    plain = write_model(folder / "plain", architecture, context_length=context_length)
    network = read_stored_network(plain)
    tie(network, OWNERS)
    write_stored_network(network, folder / "shared")
    return with_tokenizer(plain, folder / "shared")


def write_packed_model(
    folder: Path, precision: Precision, architecture: str = "llama", *, shares: bool = False
) -> Path:
    """A model whose weights are rounded to the nearest and stored packed; `folder/plain` is what it was."""
    plain = write_model(folder / "plain", architecture, context_length=256)
    network = read_stored_network(plain)
    if shares:
        tie(network, OWNERS)
    write_packed_network(network, folder / "packed", precision)
    return with_tokenizer(plain, folder / "packed")


@torch.no_grad()
def write_packed_network(network: PreTrainedModel, folder: Path, precision: Precision) -> None:
    """All matrices but the last in `precision`."""
    matrices = {
        name: pack(
            torch.cat([module.weight for module in modules]),
            "int8" if name in ("embedding", "head") else precision,
            biases_of(modules),
        )
        for name, modules in matrices_of(network).items()
    }
    packed = {id(module.weight) for modules in matrices_of(network).values() for module in modules}
    plain = {name: each.detach() for name, each in network.named_parameters() if id(each) not in packed}
    write_configuration(network, folder)
    write_packed(folder, matrices, plain, precision)


def with_tokenizer(source: Path, folder: Path) -> Path:
    for name in TOKENIZER_FILES:
        shutil.copyfile(source / name, folder / name)
    return folder
