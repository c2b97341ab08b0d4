"""A transformers model of the Llama family as the kernels' network; its own weights are given up for it."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, cast

import torch
from torch import nn
from transformers import PreTrainedModel

from inference.engine.native import structures
from inference.engine.native.modules import is_tied, matrices_of
from inference.engine.native.packed_file import biases_of
from inference.engine.native.packing import LANES, NAMES, Format, PackedMatrix, Precision, pack

# Architectures whose layers the kernels compute: pre-norm, rotary positions, grouped queries, gated MLP.
SERVED = frozenset({"llama", "mistral", "qwen2", "qwen3", "gemma3_text"})
ACTIVATIONS = {"silu": 0, "gelu_pytorch_tanh": 1}
# Their rotary tables are the same for every length of text.
STATIC_ROTARY = frozenset({"default", "linear", "llama3", "yarn"})

# From the name of a matrix and the modules below one another in it to the matrix.
Pack = Callable[[str, Sequence[nn.Module]], PackedMatrix]


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

    def packed(name: str, modules: Sequence[nn.Module]) -> PackedMatrix:
        weights: list[Any] = [module.weight for module in modules]
        weight = torch.cat(weights) if len(weights) > 1 else weights[0]
        # Few numbers decide much in the output layer: 4 bits only where nothing is lost by them.
        is_last = name in ("embedding", "head")
        matrix = pack(weight, "auto" if is_last and precision == "int4" else precision, biases_of(modules))
        for module in modules:
            module.weight = None
        return matrix

    return assemble(network, packed, half_cache=precision != "fp32")


@torch.inference_mode()
def assemble(network: PreTrainedModel, packed: Pack, *, half_cache: bool = True) -> NativeNetwork:
    """Make the kernels' network of `network`, whose matrices are those that `packed` gives for modules.

    A matrix is asked for once, by its name in `modules.matrices_of`, and held once, whoever shares it; all
    other parameters are read from `network`, which keeps none.
    """
    config: Any = network.config.get_text_config()
    model: Any = network.get_decoder()
    embedding: Any = network.get_input_embeddings()
    vocabulary, hidden = embedding.weight.shape
    # Before packing gives the weights up: the sizes, and whether one matrix is both table and output layer.
    tied = is_tied(network)
    kept: list[object] = []
    matrices: dict[int, PackedMatrix] = {}
    for name, modules in matrices_of(network).items():
        matrices[id(modules[0])] = packed(name, modules)

    def matrix(module: nn.Module) -> structures.Matrix:
        return matrices[id(module)].structure

    def norm(module: nn.Module | None) -> int | None:
        if module is None:
            return None
        weight: Any = module.weight
        # Gemma stores its norms as the distance from one.
        tensor = (weight.float() + 1 if gemma else weight.float()).contiguous()
        kept.append(tensor)
        return tensor.data_ptr()

    gemma = config.model_type == "gemma3_text"
    kinds = tuple(_kind(config, index) for index in range(config.num_hidden_layers))
    layers = (structures.Layer * config.num_hidden_layers)()
    for index, layer in enumerate(model.layers):
        attention, mlp = layer.self_attn, layer.mlp
        layers[index] = structures.Layer(
            matrix(attention.q_proj),
            matrix(attention.o_proj),
            matrix(mlp.gate_proj),
            matrix(mlp.down_proj),
            norm(layer.input_layernorm),
            norm(getattr(attention, "q_norm", None)),
            norm(getattr(attention, "k_norm", None)),
            norm(layer.post_attention_layernorm if gemma else None),
            norm(layer.post_feedforward_layernorm if gemma else None),
            norm(layer.pre_feedforward_layernorm if gemma else layer.post_attention_layernorm),
            window=_window(config, kinds[index]),
        )
    head = matrix(cast(nn.Module, network.get_output_embeddings()))
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
        half_cache=half_cache,
        epsilon=config.rms_norm_eps,
        attention_scale=model.layers[0].self_attn.scaling,
        embedding_scale=float(getattr(embedding, "embed_scale", 1.0)),
        embedding=head if tied else matrix(embedding),
        head=head,
        final_norm=norm(model.norm),
        layer=ctypes.cast(layers, ctypes.POINTER(structures.Layer)),
    )
    by_kind = any(isinstance(parameters, dict) for parameters in config.rope_parameters.values())
    rotary = Rotary(deepcopy(model.rotary_emb), kinds, by_kind, config.max_position_embeddings)
    # The last parameters go too: one is enough to keep the whole file mapped.
    network.to("meta")
    return NativeNetwork(structure, layers, rotary, [*kept, *matrices.values()])


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
