"""A language model as one GGUF file in float16, as llama.cpp and what is built on it load it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gguf import GGUFWriter, LlamaFileType, get_tensor_name_map
from gguf.constants import MODEL_ARCH_NAMES
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from inference.training.export.cards import Facts
from inference.training.export.gguf_architectures import (
    Architecture,
    architecture_of,
    head_size,
    in_neighbours,
    rope_factors,
    write_sizes,
)
from inference.training.export.gguf_tokenizer import write_tokenizer
from inference.training.export.refusing import CannotExport

_FLOAT16_MOST = float(np.finfo(np.float16).max)
_ROPE_FACTORS = "rope_freqs.weight"

Tell = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class _Tensor:
    """A tensor of the file, converted when it is written, so that one copy is in memory at a time."""

    name: str
    weight: torch.Tensor
    heads: int = 0

    @property
    def dtype(self) -> type[np.floating[Any]]:
        """Products are float16; what llama.cpp adds or scales with, or float16 cannot hold, is float32."""
        is_product = self.weight.dim() > 1 and float(self.weight.abs().max()) <= _FLOAT16_MOST
        return np.float16 if is_product else np.float32

    def values(self, dtype: type[np.floating[Any]]) -> np.ndarray[Any, Any]:
        weight = in_neighbours(self.weight, self.heads) if self.heads else self.weight
        return np.ascontiguousarray(weight.float().numpy().astype(dtype))


def write_gguf(
    network: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, facts: Facts, out: Path, tell: Tell
) -> None:
    """Write the network and its tokenizer into the file `out`.

    Raises CannotExport for an architecture or a tokenizer that llama.cpp does not run as they are.
    """
    logging.getLogger("gguf").setLevel(logging.ERROR)
    config = network.config
    architecture = architecture_of(config)
    _require_regular(network)
    rows = network.get_input_embeddings().num_embeddings
    tensors = list(_tensors(network, architecture))
    writer = GGUFWriter(out, MODEL_ARCH_NAMES[architecture.id])
    try:
        writer.add_name(facts.name)
        if facts.licence:
            writer.add_license(facts.licence)
        writer.add_file_type(LlamaFileType.MOSTLY_F16)
        write_sizes(writer, config, rows)
        write_tokenizer(writer, tokenizer, rows)
        _name_end_of_turn(writer, network, tokenizer)
        dtypes = [tensor.dtype for tensor in tensors]
        for tensor, dtype in zip(tensors, dtypes, strict=True):
            size = tensor.weight.numel() * np.dtype(dtype).itemsize
            writer.add_tensor_info(tensor.name, tensor.weight.shape, np.dtype(dtype), size)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        for step, (tensor, dtype) in enumerate(zip(tensors, dtypes, strict=True), start=1):
            writer.write_tensor_data(tensor.values(dtype))
            tell({"step": step, "of": len(tensors)})
    finally:
        writer.close()


def _tensors(network: PreTrainedModel, architecture: Architecture) -> Iterator[_Tensor]:
    """The network's weights by llama.cpp's names; a head that is the embedding itself is not repeated."""
    config = network.config
    names = get_tensor_name_map(architecture.id, config.num_hidden_layers)
    embedding = network.get_input_embeddings().weight
    if (factors := rope_factors(config)) is not None:
        yield _Tensor(_ROPE_FACTORS, factors)
    for name, weight in network.state_dict().items():
        if name == "lm_head.weight" and weight.data_ptr() == embedding.data_ptr():
            continue
        found = names.get_name(name, (".weight", ".bias"))
        if found is None:
            raise CannotExport(f"llama.cpp has no place for {name} in this architecture.")
        heads = 0
        if architecture.turns_neighbours and ".q_proj." in name:
            heads = config.num_attention_heads
        elif architecture.turns_neighbours and ".k_proj." in name:
            heads = config.num_key_value_heads
        yield _Tensor(found, weight, heads)


def _require_regular(network: PreTrainedModel) -> None:
    """Raise CannotExport unless all layers have the sizes that the configuration says."""
    config = network.config
    rows = {
        "q_proj": config.num_attention_heads * head_size(config),
        "k_proj": config.num_key_value_heads * head_size(config),
        "gate_proj": config.intermediate_size,
    }
    for name, module in network.named_modules():
        wanted = rows.get(name.rpartition(".")[2])
        if wanted is not None and module.weight.shape[0] != wanted:
            raise CannotExport(
                "The layers of this network differ in their sizes, which a GGUF file cannot say here; "
                "export a Hugging Face folder instead."
            )


def _name_end_of_turn(
    writer: GGUFWriter, network: PreTrainedModel, tokenizer: PreTrainedTokenizerFast
) -> None:
    """Name the token besides the end of text that ends an answer, where the model's settings name one."""
    configured = network.generation_config.eos_token_id if network.generation_config is not None else None
    ends = configured if isinstance(configured, list) else [configured]
    others = [end for end in ends if end is not None and end != tokenizer.eos_token_id]
    if others:
        writer.add_eot_token_id(others[0])
