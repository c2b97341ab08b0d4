"""The networks that are exported, each as transformers alone reads it: whole, plain, in its stored format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoModelForSequenceClassification, AutoTokenizer, PreTrainedModel

from inference.engine.encoder import stored_network
from inference.installation.errors import InstallationError
from inference.installation.safety import require_safe_model
from inference.training.export.refusing import CannotExport
from inference.training.language.networks import in_stored_dtype, read_network, stored_dtype

# What reading a folder raises that holds other weights than its config.json says.
UNREADABLE = (OSError, ValueError, KeyError, ImportError, RuntimeError, SafetensorError)


def require_safe(folder: Path) -> None:
    """Raise CannotExport where the folder holds what may not be read."""
    try:
        require_safe_model(folder)
    except InstallationError as error:
        raise CannotExport(str(error)) from error


def read_language(folder: Path) -> PreTrainedModel:
    """The language model in `folder` with layers of their own. Raises BadNetwork and CannotExport."""
    require_safe(folder)
    network = in_stored_dtype(read_network(folder), stored_dtype(folder))
    return network.eval().requires_grad_(False)


def read_encoder(folder: Path) -> PreTrainedModel:
    """The encoder in `folder`, without a head. Raises CannotExport."""
    require_safe(folder)
    try:
        return stored_network(folder)
    except UNREADABLE as error:
        raise CannotExport(_told(folder, error)) from error


def read_reranker(folder: Path) -> PreTrainedModel:
    """The network in `folder` that ranks passages. Raises CannotExport."""
    require_safe(folder)
    try:
        network: PreTrainedModel = AutoModelForSequenceClassification.from_pretrained(
            folder, dtype="auto", use_safetensors=True, local_files_only=True, trust_remote_code=False
        )
    except UNREADABLE as error:
        raise CannotExport(_told(folder, error)) from error
    return network.eval().requires_grad_(False)


def read_any_tokenizer(folder: Path) -> Any:
    """The tokenizer in `folder`, with a chat template or without. Raises CannotExport."""
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except UNREADABLE as error:
        raise CannotExport(_told(folder, error)) from error
    if not tokenizer.is_fast:
        raise CannotExport(f"The tokenizer in {folder} is no fast one: tokenizer.json is needed.")
    return tokenizer


def in_float32(network: PreTrainedModel) -> PreTrainedModel:
    """The same network in the number format in which ONNX is computed."""
    return network.to(torch.float32)


def _told(folder: Path, error: BaseException) -> str:
    return f"The model in {folder} cannot be loaded: {str(error).strip().partition(chr(10))[0]}"
