"""A transformers model of the Llama family as the kernels' network; its own weights are given up for it."""

from __future__ import annotations

import ctypes
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn
from transformers import PreTrainedModel

from inference.engine.native import structures
from inference.engine.native.packing import LANES, NAMES, Format, Precision, pack

# Architectures whose layers the kernels compute: pre-norm, rotary positions, grouped queries, gated MLP.
SERVED = frozenset({"llama", "mistral", "qwen2", "qwen3", "gemma3_text"})
ACTIVATIONS = {"silu": 0, "gelu_pytorch_tanh": 1}
# Their rotary tables are the same for every length of text.
STATIC_ROTARY = frozenset({"default", "linear", "llama3", "yarn"})


class Unserved(ValueError):
    """The kernels do not compute this architecture; the message names what they lack."""


@dataclass(slots=True)
class NativeNetwork:
    """The structure that the kernels read, and the tensors it points into."""

    structure: structures.Network
    layers: ctypes.Array[structures.Layer]
    rotary: Rotary
    kept: list[object] = field(repr=False)

    @property
    def bytes_per_token(self) -> int:
        """Keys and values of one token in all layers."""
        own = self.structure
        return 2 * own.layers * own.kv_heads * own.head_size * (2 if own.half_cache else 4)

    @property
    def precision(self) -> Precision:
        """The number format of most weights."""
        down: structures.Matrix = self.layers[0].down
        return NAMES[Format(down.format)]

    def place(self, positions: int) -> None:
        """Make the rotary tables for that many positions, or as many as the model knows."""
        self.rotary.place(positions, self.layers)


@dataclass(slots=True)
class Rotary:
    """The rotary tables of each kind of layer, from transformers' own module."""

    module: Any
    kinds: tuple[str, ...]
    by_kind: bool
    longest: int
    tables: dict[str, tuple[torch.Tensor, torch.Tensor]] = field(default_factory=dict, repr=False)

    def place(self, positions: int, layers: ctypes.Array[structures.Layer]) -> None:
        """Compute cosines and sines (positions, head size) as float32 and let `layers` point at them."""
        at = torch.arange(min(positions, self.longest))[None]
        like = torch.zeros(1, dtype=torch.float32)
        for kind in set(self.kinds):
            tables = self.module(like, at, kind) if self.by_kind else self.module(like, at)
            cosines, sines = (table[0].float().contiguous() for table in tables)
            self.tables[kind] = cosines, sines
        for layer, kind in zip(layers, self.kinds, strict=True):
            layer.cosines, layer.sines = (table.data_ptr() for table in self.tables[kind])


def check(config: Any) -> None:
    """Raise Unserved where the kernels cannot compute what a text configuration describes."""
    if config.model_type not in SERVED:
        raise Unserved(f"they do not know the architecture {config.model_type}")
    activation = getattr(config, "hidden_activation", None) or config.hidden_act
    if activation not in ACTIVATIONS:
        raise Unserved(f"they do not know the activation {activation}")
    head_size = _head_size(config)
    if head_size % LANES or config.intermediate_size % LANES:
        raise Unserved(f"sizes must be multiples of {LANES}")
    for parameters in _rope_parameters(config):
        if parameters.get("rope_type", "default") not in STATIC_ROTARY:
            raise Unserved(f"they do not know the rotary scaling {parameters['rope_type']}")
        if parameters.get("partial_rotary_factor", 1.0) != 1.0:
            raise Unserved("they rotate whole heads only")
    if getattr(config, "final_logit_softcapping", None) or getattr(config, "attn_logit_softcapping", None):
        raise Unserved("they do not cap logits")


@torch.inference_mode()
def convert(network: PreTrainedModel, precision: Precision) -> NativeNetwork:
    """Pack the weights of `network`, layer by layer, and give the originals up: it cannot run afterwards."""
    config: Any = network.config.get_text_config()
    model: Any = network.get_decoder()
    gemma = config.model_type == "gemma3_text"
    kept: list[object] = []

    def packed(*linears: nn.Module) -> structures.Matrix:
        weights = torch.cat([linear.weight for linear in linears]) if len(linears) > 1 else linears[0].weight
        biases = [linear.bias for linear in linears if getattr(linear, "bias", None) is not None]
        matrix = pack(weights, precision, torch.cat(biases) if biases else None)
        for linear in linears:
            linear.weight = None
        kept.append(matrix)
        return matrix.structure

    def pointer(tensor: torch.Tensor) -> int:
        kept.append(tensor)
        return tensor.data_ptr()

    def norm(module: nn.Module | None) -> int | None:
        if module is None:
            return None
        weight: Any = module.weight
        # Gemma stores its norms as the distance from one.
        return pointer((weight.float() + 1 if gemma else weight.float()).contiguous())

    kinds = tuple(_kind(config, index) for index in range(config.num_hidden_layers))
    layers = (structures.Layer * config.num_hidden_layers)()
    for index, layer in enumerate(model.layers):
        attention, mlp = layer.self_attn, layer.mlp
        layers[index] = structures.Layer(
            packed(attention.q_proj, attention.k_proj, attention.v_proj),
            packed(attention.o_proj),
            packed(mlp.gate_proj, mlp.up_proj),
            packed(mlp.down_proj),
            norm(layer.input_layernorm),
            norm(getattr(attention, "q_norm", None)),
            norm(getattr(attention, "k_norm", None)),
            norm(layer.post_attention_layernorm if gemma else None),
            norm(layer.post_feedforward_layernorm if gemma else None),
            norm(layer.pre_feedforward_layernorm if gemma else layer.post_attention_layernorm),
            window=_window(config, kinds[index]),
        )
    embedding: Any = network.get_input_embeddings()
    head: Any = network.get_output_embeddings()
    tied = head.weight is embedding.weight or head.weight.data_ptr() == embedding.weight.data_ptr()
    # Few numbers decide much here: 4 bits only where nothing is lost by them.
    last_precision: Precision = "auto" if precision == "int4" else precision
    if not tied:
        matrix = pack(embedding.weight, last_precision)
        kept.append(matrix)
        embedding_structure = matrix.structure
    vocabulary, hidden = embedding.weight.shape
    scale = float(getattr(embedding, "embed_scale", 1.0))
    matrix = pack(head.weight, last_precision, getattr(head, "bias", None))
    kept.append(matrix)
    embedding.weight = head.weight = None
    structure = structures.Network(
        layers=config.num_hidden_layers,
        hidden=hidden,
        heads=config.num_attention_heads,
        kv_heads=config.num_key_value_heads,
        head_size=_head_size(config),
        rotary_size=_head_size(config),
        intermediate=config.intermediate_size,
        vocabulary=vocabulary,
        activation=ACTIVATIONS[getattr(config, "hidden_activation", None) or config.hidden_act],
        half_cache=precision != "fp32",
        epsilon=config.rms_norm_eps,
        attention_scale=model.layers[0].self_attn.scaling,
        embedding_scale=scale,
        embedding=matrix.structure if tied else embedding_structure,
        head=matrix.structure,
        final_norm=norm(model.norm),
        layer=ctypes.cast(layers, ctypes.POINTER(structures.Layer)),
    )
    by_kind = any(isinstance(parameters, dict) for parameters in config.rope_parameters.values())
    rotary = Rotary(deepcopy(model.rotary_emb), kinds, by_kind, config.max_position_embeddings)
    # The last parameters go too: one is enough to keep the whole file mapped.
    network.to("meta")
    return NativeNetwork(structure, layers, rotary, kept)


def _head_size(config: Any) -> int:
    return int(getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads)


def _kind(config: Any, index: int) -> str:
    kinds = getattr(config, "layer_types", None)
    if kinds:
        return str(kinds[index])
    return "sliding_attention" if getattr(config, "sliding_window", None) else "full_attention"


def _window(config: Any, kind: str) -> int:
    return int(getattr(config, "sliding_window", None) or 0) if kind == "sliding_attention" else 0


def _rope_parameters(config: Any) -> list[dict[str, Any]]:
    """transformers holds one set, or one for each kind of layer."""
    parameters = config.rope_parameters or {}
    nested = [value for value in parameters.values() if isinstance(value, dict)]
    return nested or [parameters]
