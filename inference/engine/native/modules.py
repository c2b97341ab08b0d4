"""Which of transformers' modules make up each matrix of the kernels."""

from __future__ import annotations

from typing import Any

from transformers import PreTrainedModel

LAYER_MATRICES = {
    "query_key_value": ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
    "attention_output": ("self_attn.o_proj",),
    "gate_up": ("mlp.gate_proj", "mlp.up_proj"),
    "down": ("mlp.down_proj",),
}


def matrices_of(network: PreTrainedModel) -> dict[str, list[Any]]:
    """Return the modules of each matrix, which lie below one another in it, by the matrix's name.

    Layers that share modules have one matrix, named after the first of them; so have a word table and an
    output layer that are tied.
    """
    found: dict[str, list[Any]] = {}
    seen: set[int] = set()
    decoder: Any = network.get_decoder()
    for index, layer in enumerate(decoder.layers):
        for name, paths in LAYER_MATRICES.items():
            modules = [layer.get_submodule(path) for path in paths]
            if id(modules[0]) not in seen:
                found[f"layers.{index}.{name}"] = modules
            seen.update(map(id, modules))
    if not is_tied(network):
        found["embedding"] = [network.get_input_embeddings()]
    found["head"] = [network.get_output_embeddings()]
    return found


def is_tied(network: PreTrainedModel) -> bool:
    """Return whether the word table is the output layer too."""
    head: Any = network.get_output_embeddings().weight
    embedding: Any = network.get_input_embeddings().weight
    if head is embedding:
        return True
    # Without memory all addresses are nothing.
    return bool(head.device.type != "meta" and head.data_ptr() == embedding.data_ptr())
