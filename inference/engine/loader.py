"""A language model from a folder of safetensors, never from pickle or with remote code."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import torch
from safetensors import SafetensorError
from transformers import (
    AutoTokenizer,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

from inference.engine import attention
from inference.engine.heap import give_memory_back
from inference.engine.native.compiler import NoKernels
from inference.engine.native.kernels import Kernels
from inference.engine.native.linear import pack_linears
from inference.engine.native.network import NativeNetwork, Unserved, assemble, check, convert
from inference.engine.native.packed_file import BadPackedFile, PackedFile, is_packed, open_packed
from inference.engine.stored_networks import BadFolder, empty_for, read_config, read_stored_network

logger = logging.getLogger(__name__)

Precision = Literal["auto", "fp32", "fp16", "bf16", "int8", "int4"]
FLOATS = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}


class LoadError(RuntimeError):
    """The folder holds no model that the engine can run; the message says what to do."""


@dataclass(frozen=True, slots=True)
class LanguageModel:
    """A loaded network, its tokenizer, the longest text it can read, and the tokens that end an answer.

    With `native`, the kernels hold the weights, and `network` keeps none that could run.
    """

    network: PreTrainedModel
    tokenizer: PreTrainedTokenizerFast
    context_length: int
    stop_tokens: frozenset[int]
    precision: Precision
    vocabulary: int
    native: NativeNetwork | None = None
    kernels: Kernels | None = None


def load(
    path: Path,
    precision: Precision = "auto",
    *,
    threads: int = 1,
    spin_microseconds: int = 50,
    kernel_cache: Path | None = None,
) -> LanguageModel:
    """Load the model in `path` as it runs best here; raises LoadError.

    On a processor the weights are packed for the kernels, where there is a C++ compiler: `auto` takes 4 bits
    where the weights came from 4 bits, else 8. Without one `auto` is bf16 where the processor multiplies it,
    else fp32. On a GPU it is bf16. Weights that are stored packed are served from their file as they are; in
    another precision, without the kernels and on a GPU they are unpacked, which the log says.
    """
    if not (path / "config.json").is_file() or not any(path.glob("*.safetensors")):
        raise LoadError(
            f"{path} is not a model folder: config.json and *.safetensors are needed. Install a model first."
        )
    if torch.cuda.is_available():
        if precision in ("int8", "int4"):
            raise LoadError(f"On a GPU the precision is fp32, fp16, bf16 or auto, not {precision}.")
        return _on(path, "bf16" if precision == "auto" else precision, "cuda")
    if precision == "fp16":
        raise LoadError("fp16 is for GPUs; on a processor the precision is fp32, bf16, int8, int4 or auto.")
    try:
        kernels = Kernels(threads=threads, spin_microseconds=spin_microseconds, cache=kernel_cache)
    except NoKernels as error:
        logger.warning("The model runs without the engine's own kernels: %s.", error)
        return _on(path, _without_kernels(precision), "cpu")
    packed = _open_packed(path) if is_packed(path) else None
    if packed is not None and precision in ("auto", packed.precision):
        return _mapped(path, packed, kernels)
    try:
        check(_read_config(path).get_text_config())
    except Unserved as reason:
        logger.warning("transformers runs this model, which is slower than the engine's kernels: %s.", reason)
        return _with_packed_products(path, precision, kernels)
    # The weights stay as they are stored until they are packed, so that there are never two full copies.
    model = _read(path, lambda: _read_network(path, "auto"), precision)
    native = convert(model.network, precision)
    # What was read, and what it was packed by way of, would otherwise stay with the process for good.
    give_memory_back()
    return replace(model, precision=native.precision, native=native, kernels=kernels)


def _mapped(path: Path, packed: PackedFile, kernels: Kernels) -> LanguageModel:
    """The kernels compute from the file, which is mapped: no other copy of the matrices is ever made."""
    model = _read(path, lambda: empty_for(path, packed), packed.precision)
    try:
        check(model.network.config.get_text_config())
        native = assemble(model.network, packed.matrix)
    except (Unserved, BadPackedFile) as error:
        raise LoadError(f"The model in {path} cannot be loaded: {error}") from error
    return replace(model, native=native, kernels=kernels)


def _open_packed(path: Path) -> PackedFile:
    try:
        return open_packed(path)
    except BadPackedFile as error:
        raise LoadError(f"The model in {path} cannot be loaded: {error}") from error


def _with_packed_products(path: Path, precision: Precision, kernels: Kernels) -> LanguageModel:
    """transformers computes the layers; the products with packed weights are the kernels'."""
    model = _on(path, _without_kernels(precision), "cpu")
    if precision in FLOATS:
        return model
    pack_linears(model.network, precision, kernels)
    return replace(model, precision=precision, kernels=kernels)


def _without_kernels(precision: Precision) -> Precision:
    """The number format in which torch is fastest on this processor, for what only the kernels offer."""
    if precision in FLOATS:
        return precision
    return "bf16" if multiplies_bfloat16() else "fp32"


def multiplies_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16 itself; where it does not, torch is slow at it."""
    # torch offers no public test of these two processor features.
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()


def _on(path: Path, precision: Precision, device: str) -> LanguageModel:
    model = _read(path, lambda: _read_network(path, FLOATS[precision]), precision)
    model.network.to(device)
    return model


def _read_config(path: Path) -> PreTrainedConfig:
    try:
        return read_config(path)
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise LoadError(f"The model in {path} cannot be loaded: {error}") from error


def _read(path: Path, read_network: Callable[[], PreTrainedModel], precision: Precision) -> LanguageModel:
    try:
        tokenizer = AutoTokenizer.from_pretrained(path, local_files_only=True, trust_remote_code=False)
        network = read_network()
    # The last two are for weights of other sizes than config.json says, and for what only looks like weights.
    except (OSError, ValueError, KeyError, ImportError, RuntimeError, SafetensorError) as error:
        raise LoadError(f"The model in {path} cannot be loaded: {error}") from error
    if not tokenizer.is_fast:
        raise LoadError(f"The tokenizer in {path} is no fast one: tokenizer.json is needed.")
    # A tokenizer file may carry settings for training batches; prompts are never cut or padded.
    tokenizer.backend_tokenizer.no_truncation()
    tokenizer.backend_tokenizer.no_padding()
    network.eval().requires_grad_(False)
    return LanguageModel(
        network=network,
        tokenizer=tokenizer,
        context_length=network.config.get_text_config().max_position_embeddings,
        stop_tokens=_stop_tokens(network, tokenizer),
        precision=precision,
        vocabulary=network.get_input_embeddings().num_embeddings,
    )


def _read_network(path: Path, dtype: torch.dtype | Literal["auto"]) -> PreTrainedModel:
    def read(attention_name: str) -> PreTrainedModel:
        return read_stored_network(path, dtype, attention_name)

    if is_packed(path):
        logger.warning("The packed weights in %s are unpacked here, which takes more memory.", path)
    try:
        return read(attention.NAME)
    except BadFolder:
        raise
    except (KeyError, ValueError):
        # A few older architectures know no attention but their own.
        return read("eager")


def _stop_tokens(network: PreTrainedModel, tokenizer: PreTrainedTokenizerFast) -> frozenset[int]:
    configured = network.generation_config.eos_token_id
    ends = configured if isinstance(configured, list) else [configured]
    return frozenset(end for end in (*ends, tokenizer.eos_token_id) if end is not None)
