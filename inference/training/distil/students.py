"""A student cut out of a base, and whether a teacher can teach it."""

from __future__ import annotations

from pathlib import Path

from transformers import PreTrainedModel, PreTrainedTokenizerFast

from inference.engine.kept_layers import keep_layers, layers_in
from inference.training.distil.layers import chosen
from inference.training.language.networks import read_network
from inference.training.refusal import BadSetting


def student_of(base: Path, wanted: str) -> tuple[PreTrainedModel, tuple[int, ...], int]:
    """The network in `base` with the layers that are `wanted` (as `chosen` reads it) and no other.

    With it which layers they are, and how many there were. Raises BadNetwork and BadLayers.
    """
    network = read_network(base)
    count = len(layers_in(network))
    layers = chosen(wanted, count)
    keep_layers(network, layers)
    return network, layers, count


def check_teacher(
    teacher: PreTrainedModel,
    its_tokenizer: PreTrainedTokenizerFast,
    student: PreTrainedModel,
    tokenizer: PreTrainedTokenizerFast,
    compares_states: bool,
) -> None:
    """Raise BadSetting where the teacher's answers, or hidden states, cannot be set beside the student's."""
    sizes = [network.get_input_embeddings().weight.shape[0] for network in (teacher, student)]
    if sizes[0] != sizes[1] or its_tokenizer.get_vocab() != tokenizer.get_vocab():
        raise BadSetting(
            f"The teacher has another vocabulary ({sizes[0]} tokens) than the student ({sizes[1]} tokens): "
            "take a teacher of the same family of models."
        )
    widths = [network.config.get_text_config().hidden_size for network in (teacher, student)]
    if compares_states and widths[0] != widths[1]:
        raise BadSetting(
            f"The teacher's hidden states are {widths[0]} wide and the student's {widths[1]}, so that they "
            "cannot be compared: set --hidden to 0."
        )
