"""Language models that learn: read from a folder of safetensors and written as one, never by pickle."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors import SafetensorError
from transformers import AutoTokenizer, PreTrainedModel, PreTrainedTokenizerFast

from inference.engine.stored_networks import read_stored_network, write_stored_network
from inference.installation.errors import InstallationError
from inference.installation.safety import require_safe_model
from inference.training.refusal import Refusal, no_room

_DTYPES = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}


class BadNetwork(Refusal):
    """A folder holds no language model that can be trained; one sentence says what to do."""

    code = "bad_network"


def read_network(folder: Path, dtype: torch.dtype = torch.float32) -> PreTrainedModel:
    """Load the language model in `folder`, every weight from safetensors, with no code but ours.

    Layers that share matrices go on sharing them; a quantised model is unpacked, and is no longer quantised.
    Raises BadNetwork: there are only pickle files, weights are missing or broken, or it is another kind of
    network.
    """
    _require_safe(folder)
    if not (folder / "config.json").is_file():
        raise BadNetwork(f"{folder} is no model folder: config.json and *.safetensors are needed.")
    try:
        return read_stored_network(folder, dtype)
    except (OSError, ValueError, KeyError, ImportError, RuntimeError, SafetensorError) as error:
        raise BadNetwork(f"The model in {folder} cannot be loaded: {_first_line(error)}") from error


def read_tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    """Load the tokenizer in `folder`, with its chat template. Raises BadNetwork."""
    _require_safe(folder)
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise BadNetwork(f"The tokenizer in {folder} cannot be loaded: {_first_line(error)}") from error
    if not tokenizer.is_fast:
        raise BadNetwork(f"The tokenizer in {folder} is no fast one: tokenizer.json is needed.")
    if not tokenizer.chat_template:
        raise BadNetwork(f"The tokenizer in {folder} has no chat template: take a model made for chat.")
    # A tokenizer file may carry settings for other batches; examples are cut and padded here.
    tokenizer.backend_tokenizer.no_truncation()
    tokenizer.backend_tokenizer.no_padding()
    return tokenizer


def stored_dtype(folder: Path) -> torch.dtype:
    """The number format in which the weights of `folder` lie there; float32 where it does not say."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return _DTYPES.get(str(config.get("dtype") or config.get("torch_dtype")), torch.float32)


def in_stored_dtype(network: PreTrainedModel, dtype: torch.dtype) -> PreTrainedModel:
    """The network in the number format that it is to be stored in, or float32 where that cannot hold it."""
    largest = max(float(weight.detach().abs().max()) for weight in network.parameters() if weight.numel())
    return network.to(dtype if largest <= torch.finfo(dtype).max else torch.float32)


def write_network(network: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, folder: Path) -> int:
    """Write a Hugging Face folder with safetensors; return the bytes of its weights. Raises NoRoom.

    What layers share is written once (`inference.engine.stored_networks`).
    """
    try:
        write_stored_network(network, folder)
        tokenizer.save_pretrained(folder)
    except (OSError, SafetensorError) as error:
        raise no_room(f"The model in {folder}", error, "Nothing was kept of it.") from error
    return bytes_of(folder)


def bytes_of(folder: Path) -> int:
    """The bytes of the weights in `folder`."""
    return sum(file.stat().st_size for file in folder.glob("*.safetensors"))


def _require_safe(folder: Path) -> None:
    """Raise BadNetwork when `folder` holds what may not be read: pickle files, code, links to elsewhere."""
    try:
        require_safe_model(folder)
    except InstallationError as error:
        raise BadNetwork(str(error)) from error


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
