"""A base whose layers are its own."""

from __future__ import annotations

from pathlib import Path

from transformers import PreTrainedModel

from inference.engine.native.packed_file import is_packed
from inference.engine.shared_layers import owners_of
from inference.training.language.networks import BadNetwork, read_network


def read_separate(folder: Path) -> PreTrainedModel:
    """Return the network in `folder` to take something out of its layers or to let them share.

    Raises BadNetwork for one that was made smaller in a way that has to come last.
    """
    if is_packed(folder):
        raise BadNetwork("This model is quantised, which comes last: begin with the model before that.")
    network = read_network(folder)
    if owners_of(network.config.get_text_config()) is not None:
        raise BadNetwork("The layers of this model are shared already: begin with the model before that.")
    return network
