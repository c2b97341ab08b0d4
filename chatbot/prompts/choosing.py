"""Which arm of a split a conversation gets: always the same one, and over many by the weights."""

import hashlib
from collections.abc import Sequence


def place_of(split: str, conversation: str) -> float:
    """Return a number in [0, 1) that only the two ids decide, evenly spread over conversations."""
    digest = hashlib.sha256(f"{split}:{conversation}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def arm_at(place: float, weights: Sequence[int]) -> int:
    """Return the index of the arm whose share of the weights `place`, in [0, 1), falls into.

    An arm of weight 0 gets nothing. Raises ValueError where no weight is positive.
    """
    whole = sum(weights)
    if whole <= 0:
        raise ValueError("A split needs a positive weight.")
    rest = place * whole
    for index, weight in enumerate(weights):
        rest -= weight
        if rest < 0:
            return index
    return max(index for index, weight in enumerate(weights) if weight > 0)
