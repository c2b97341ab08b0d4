"""Which version's answer stands on the left: by chance, but the same each time somebody looks.

Everybody sees each version on the left in half of the questions, or one more or less, so that a liking for
one side helps neither (counterbalancing).
"""

import hashlib
from collections.abc import Sequence


def first_on_left(vote: str, person: int, numbers: Sequence[int]) -> dict[int, bool]:
    """Return by a question's number whether the first version's answer stands on the left for `person`."""
    order = sorted(numbers, key=lambda number: _digest(f"{vote} {person} {number}"))
    # Who is dealt the odd question is chance too.
    begins = int(_digest(f"{vote} {person}")[:8], 16) % 2
    return {number: (place + begins) % 2 == 0 for place, number in enumerate(order)}


def _digest(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()
