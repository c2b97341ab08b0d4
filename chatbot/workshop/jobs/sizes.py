"""How large a network is, as far as the memory of a training depends on it."""

import json
from dataclasses import dataclass

from inference.models import LanguageModelVersion


@dataclass(frozen=True, slots=True)
class Size:
    """Of a Llama-like network, 0 for what its configuration does not say."""

    parameters: int
    layers: int = 0
    hidden: int = 0
    inner: int = 0
    vocabulary: int = 0

    @property
    def bytes_a_token(self) -> int:
        """What one token of a batch takes between the way forward and the way back, in float32.

        Of each layer some ten vectors as wide as the network and four as wide as its inner layer are kept,
        and of the last one three rows of logits: an estimate for networks of this family.
        """
        return 4 * (self.layers * (10 * self.hidden + 4 * self.inner) + 3 * self.vocabulary)


def size_of_model(version: LanguageModelVersion) -> Size:
    """Return the size of a version, from its configuration where that can be read."""
    parameters = version.language_model.parameters
    try:
        config = json.loads((version.folder / "config.json").read_text(encoding="utf-8"))
        numbers = [
            int(config.get(name) or 0)
            for name in ("num_hidden_layers", "hidden_size", "intermediate_size", "vocab_size")
        ]
    except (OSError, ValueError, TypeError, AttributeError):
        return Size(parameters)
    return Size(parameters, *numbers)
