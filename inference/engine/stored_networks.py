"""A network of transformers from any folder that Parley keeps: plain, with shared layers, or packed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import torch
from accelerate import init_empty_weights
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedConfig, PreTrainedModel

from inference.engine import shared_layers
from inference.engine.native.modules import matrices_of
from inference.engine.native.packed_file import NAME, BadPackedFile, PackedFile, is_packed, open_packed
from inference.engine.native.unpacking import unpack

SHARED_FILE = "shared.safetensors"
SHARED_FORMAT = "parley-shared"

Attention = Literal["blocks", "eager", "sdpa"]


class BadFolder(ValueError):
    """The folder holds no network that can be read; the message is one sentence."""


def read_config(path: Path) -> PreTrainedConfig:
    """Raises what transformers raises for a folder without a configuration that it knows."""
    return AutoConfig.from_pretrained(path, local_files_only=True, trust_remote_code=False)


def read_stored_network(
    path: Path, dtype: torch.dtype | Literal["auto"] = "auto", attention: str = "sdpa"
) -> PreTrainedModel:
    """Return the network in `path` as transformers computes it, in evaluation mode.

    Packed weights are unpacked into the very numbers that the kernels multiply with, and take the memory of
    `dtype` (float32 for "auto") then; layers that share matrices go on sharing them. Never from pickle, never
    with remote code. Raises BadFolder, and what transformers raises for a folder that it cannot read.
    """
    config = read_config(path)
    if is_packed(path):
        return _read_packed(path, config, dtype, attention)
    if shared_layers.owners_of(config.get_text_config()) is not None:
        return _read_shared(path, config, dtype, attention)
    network, report = AutoModelForCausalLM.from_pretrained(
        path,
        dtype=dtype,
        attn_implementation=attention,
        use_safetensors=True,
        local_files_only=True,
        trust_remote_code=False,
        output_loading_info=True,
    )
    if missing := sorted(report["missing_keys"]):
        raise BadFolder(f"it is incomplete: {len(missing)} weights are missing, such as {missing[0]}.")
    return network


def write_stored_network(network: PreTrainedModel, folder: Path) -> None:
    """Write configuration and weights into `folder`, what layers share once; raises OSError.

    The tokenizer is the caller's.
    """
    if shared_layers.owners_of(network.config.get_text_config()) is None:
        network.save_pretrained(folder)
        return
    write_configuration(network, folder)
    # By the name of the owner, since a module that several layers use is met there first.
    weights = {name: parameter.detach().contiguous() for name, parameter in network.named_parameters()}
    save_file(weights, folder / SHARED_FILE, {"format": SHARED_FORMAT})


def write_configuration(network: PreTrainedModel, folder: Path) -> None:
    """Write all of a network but its weights, as `save_pretrained` does."""
    folder.mkdir(parents=True, exist_ok=True)
    config: Any = network.config
    config.dtype = network.dtype
    config.architectures = [type(network).__name__]
    config.save_pretrained(folder)
    if network.can_generate() and network.generation_config is not None:
        network.generation_config.save_pretrained(folder)


def empty_network(
    config: PreTrainedConfig, dtype: torch.dtype, attention: str, path: Path
) -> PreTrainedModel:
    """Return the network of a folder's configuration without weights, its layers sharing what they share.

    Its parameters take no memory and hold nothing; buffers are as they are in use. Raises BadFolder.
    """
    with init_empty_weights(include_buffers=False):
        network = AutoModelForCausalLM.from_config(config, dtype=dtype, attn_implementation=attention)
    network.tie_weights()
    try:
        owners = shared_layers.owners_of(config.get_text_config())
    except shared_layers.BadSharing as error:
        raise BadFolder(str(error)) from error
    if owners is not None:
        shared_layers.tie(network, owners)
    if (path / "generation_config.json").is_file():
        network.generation_config = type(network.generation_config).from_pretrained(
            path, local_files_only=True
        )
    return network.eval()


def fill(network: PreTrainedModel, weights: Mapping[str, torch.Tensor], file: str) -> None:
    """Give an empty network the weights of a file, all that it needs and no others; raises BadFolder."""
    wanted = {name: parameter.shape for name, parameter in network.named_parameters()}
    if odd := sorted(wanted.keys() ^ weights.keys()):
        verb = "lacks" if odd[0] in wanted else "holds, against config.json,"
        raise BadFolder(f"{file} {verb} {odd[0]}; the model is incomplete or broken.")
    if wrong := [name for name, shape in wanted.items() if weights[name].shape != shape]:
        raise BadFolder(f"{file} holds {wrong[0]} in another size than config.json tells of.")
    for name, weight in weights.items():
        _set(network, name, weight)
    network.tie_weights()


def empty_for(path: Path, packed: PackedFile) -> PreTrainedModel:
    """Return the network of a packed folder with all that is not packed, and no matrices.

    What `assemble` makes a network for the kernels of. Raises BadFolder.
    """
    network = empty_network(read_config(path), torch.float32, "eager", path)
    plain = packed.plain()
    matrices = {id(module.weight) for modules in matrices_of(network).values() for module in modules}
    for name, parameter in list(network.named_parameters()):
        if id(parameter) not in matrices:
            if name not in plain or plain[name].shape != parameter.shape:
                raise BadFolder(f"{NAME} lacks {name} as config.json tells of it.")
            _set(network, name, plain[name])
    return network


def _set(network: PreTrainedModel, name: str, weight: torch.Tensor) -> None:
    parent, _, last = name.rpartition(".")
    setattr(network.get_submodule(parent), last, nn.Parameter(weight))


def _read_shared(
    path: Path, config: PreTrainedConfig, dtype: torch.dtype | Literal["auto"], attention: str
) -> PreTrainedModel:
    try:
        weights = load_file(path / SHARED_FILE)
    except (OSError, SafetensorError) as error:
        raise BadFolder(f"{SHARED_FILE} is missing, damaged or cut short; fetch the model again.") from error
    stored = next(iter(weights.values())).dtype if weights else torch.float32
    network = empty_network(config, stored, attention, path)
    fill(network, weights, SHARED_FILE)
    return network if dtype == "auto" else network.to(dtype)


def _read_packed(
    path: Path, config: PreTrainedConfig, dtype: torch.dtype | Literal["auto"], attention: str
) -> PreTrainedModel:
    number_format = torch.float32 if dtype == "auto" else dtype
    network = empty_network(config, number_format, attention, path)
    try:
        weights = _unpacked(network, open_packed(path), number_format)
    except BadPackedFile as error:
        raise BadFolder(str(error)) from error
    fill(network, weights, NAME)
    return network


def _unpacked(network: PreTrainedModel, packed: PackedFile, dtype: torch.dtype) -> dict[str, torch.Tensor]:
    """All weights of a packed file by transformers' names, in `dtype`."""
    weights = {name: tensor.to(dtype) for name, tensor in packed.plain().items()}
    names = {id(parameter): name for name, parameter in network.named_parameters()}
    for name, linears in matrices_of(network).items():
        whole = unpack(packed.matrix(name, linears)).to(dtype)
        sizes = [len(linear.weight) for linear in linears]
        for linear, part in zip(linears, whole.split(sizes), strict=True):
            weights[names[id(linear.weight)]] = part
    return weights
