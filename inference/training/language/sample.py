"""A sample of dialogues on which something is measured before training."""

from __future__ import annotations

import random
from collections.abc import Sequence

from inference.training.language.examples import Example


def sample_of(examples: Sequence[Example], tokens: int, seed: int) -> list[Example]:
    """Return some of the examples by chance, the same for a seed: as many as have `tokens`, one at least."""
    order = list(range(len(examples)))
    random.Random(f"sample {seed}").shuffle(order)
    found: list[Example] = []
    taken = 0
    for index in order:
        if found and taken + len(examples[index].tokens) > tokens:
            break
        found.append(examples[index])
        taken += len(examples[index].tokens)
    return found
